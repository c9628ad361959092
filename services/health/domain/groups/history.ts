import { placeKey } from '../../../../shared/kafka/groups-port.ts'
import type { CommittedOffset, PartitionOffsets } from '../../../../shared/kafka/ports.ts'
import type { ClusterReadings } from '../readings.ts'
import type { EndWindow } from './lag-seconds.ts'
import type { RetentionWindow } from './retention.ts'
import { createRingTable, type RingTable } from './ring-table.ts'
import type { CommitWindow } from './verdict.ts'

/** So many sweeps are remembered: half an hour at the default interval. */
export const rememberedSweeps = 60

/** What of a sweep goes into the history. */
export type RecordedReadings = Pick<
  ClusterReadings,
  'metadata' | 'groups' | 'committed' | 'offsets' | 'recordTimes' | 'errors' | 'parts' | 'asOf'
>

/** Windows on one group in one partition. They hold until the next call: copy what is to last. */
export interface Windows {
  commits: CommitWindow
  ends: EndWindow
  retention: RetentionWindow
}

/**
 * What the last sweeps have seen of groups and their partitions: 8 bytes a number, 60 commits a group and partition, 60 start
 * and end offsets a partition that some group has committed. What is gone from the cluster is forgotten.
 */
export interface GroupHistory {
  /** Adds one full sweep. Parts of it that failed leave gaps and forget nothing. */
  record(readings: RecordedReadings): void
  /** When the end offsets of the last sweep were read; null before the first. */
  readonly recordedAtMs: number | null
  windows(group: string, topic: string, partition: number): Windows
  /**
   * Timestamp of a record in milliseconds; null: it has none; undefined: it was not read. One that nobody asks for between two
   * sweeps is forgotten.
   */
  recordTime(topic: string, partition: number, offset: number): number | null | undefined
  /** How many rings are kept. */
  readonly size: { partitions: number; commits: number }
}

/** Rows of both tables for one partition. */
interface PartitionRows {
  topic: string
  start: number
  end: number
}

export function createGroupHistory(width: number = rememberedSweeps): GroupHistory {
  const times = createRingTable(width)
  const timeRow = times.add()
  const logs = createRingTable(width)
  const commits = createRingTable(width)
  const partitions = new Map<string, PartitionRows>()
  const groups = new Map<string, Map<string, number>>()
  /** Kafka's ids of topics: a topic made anew under its name has another one. */
  const topicIds = new Map<string, string>()
  /** Timestamps of records that were read or asked for since the last sweep, and those of before that. */
  let recordTimes = new Map<string, number | null>()
  let olderRecordTimes = recordTimes
  let recordedAtMs: number | null = null
  const scratch = createScratch(width)

  function recordLog({ topic, partition, logStartOffset, logEndOffset }: PartitionOffsets): void {
    const rows = partitions.get(placeKey(topic, partition))
    if (rows === undefined || logStartOffset === null || logEndOffset === null) return
    // A log that was cut, or whose topic was made anew where topics have no ids: what was before is another log.
    if (logEndOffset < latest(logs, rows.end, width)) forgetLog(rows)
    logs.set(rows.start, logStartOffset)
    logs.set(rows.end, logEndOffset)
  }

  function forgetLog({ start, end }: PartitionRows): void {
    logs.clear(start)
    logs.clear(end)
  }

  /** @param touched gets the row, also where the coordinator could not tell the offset this time */
  function recordCommit({ group, topic, partition, offset, reason }: CommittedOffset, touched: Set<number>): void {
    const place = placeKey(topic, partition)
    const known = groups.get(group)?.get(place)
    if (offset === null) {
      if (known !== undefined && reason !== 'no_commit') touched.add(known)
      return
    }
    const row = known ?? commits.add()
    if (known === undefined) {
      const ofGroup = groups.get(group) ?? new Map<string, number>()
      groups.set(group, ofGroup.set(place, row))
    }
    if (!partitions.has(place)) partitions.set(place, { topic, start: logs.add(), end: logs.add() })
    commits.set(row, offset)
    touched.add(row)
  }

  /** Logs of topics that were made anew begin at nothing. */
  function noticeNewTopics({ metadata }: RecordedReadings): void {
    for (const { name, id } of metadata?.topics ?? []) {
      const known = topicIds.get(name)
      if (id === undefined || id === known) continue
      topicIds.set(name, id)
      if (known === undefined) continue
      for (const rows of partitions.values()) if (rows.topic === name) forgetLog(rows)
    }
  }

  function forgetCommits(touched: ReadonlySet<number>): void {
    for (const [group, rows] of groups) {
      for (const [place, row] of rows) {
        if (touched.has(row)) continue
        commits.remove(row)
        rows.delete(place)
      }
      if (rows.size === 0) groups.delete(group)
    }
  }

  /** Partitions without commits any more. */
  function forgetLogs(topics: ReadonlySet<string> | null): void {
    const committed = new Set<string>()
    for (const rows of groups.values()) for (const place of rows.keys()) committed.add(place)
    for (const [place, rows] of partitions) {
      if (committed.has(place)) continue
      logs.remove(rows.start)
      logs.remove(rows.end)
      partitions.delete(place)
    }
    if (topics) for (const name of topicIds.keys()) if (!topics.has(name)) topicIds.delete(name)
  }

  return {
    record(readings) {
      const now = (readings.parts.get('offsets')?.asOf ?? readings.asOf).getTime()
      for (const table of [times, logs, commits]) table.advance()
      times.set(timeRow, now)
      recordedAtMs = now
      const topics = readings.metadata && new Set(readings.metadata.topics.map(({ name }) => name))
      noticeNewTopics(readings)
      const touched = new Set<number>()
      for (const commit of readings.committed) if (!topics || topics.has(commit.topic)) recordCommit(commit, touched)
      for (const offsets of readings.offsets) recordLog(offsets)
      const complete = readings.groups !== null && !readings.errors.has('groups') && !readings.errors.has('commits')
      if (complete && topics) forgetCommits(touched)
      forgetLogs(topics)
      olderRecordTimes = recordTimes
      recordTimes = new Map(
        readings.recordTimes.map((read) => [recordKey(read.topic, read.partition, read.offset), read.timestampMs])
      )
    },
    get recordedAtMs() {
      return recordedAtMs
    },
    windows(group, topic, partition) {
      const place = placeKey(topic, partition)
      const rows = partitions.get(place)
      const row = groups.get(group)?.get(place)
      scratch.begin()
      if (rows === undefined) return scratch.windows
      for (let age = width - 1; age >= 0; age--) {
        const end = logs.get(rows.end, age)
        if (Number.isNaN(end)) continue
        const committed = row === undefined ? Number.NaN : commits.get(row, age)
        scratch.add(times.get(timeRow, age), logs.get(rows.start, age), end, committed)
      }
      return scratch.windows
    },
    recordTime(topic, partition, offset) {
      const key = recordKey(topic, partition, offset)
      const known = recordTimes.get(key) ?? olderRecordTimes.get(key)
      if (known !== undefined) recordTimes.set(key, known)
      return known
    },
    get size() {
      return { partitions: partitions.size, commits: commits.rows }
    }
  }
}

function recordKey(topic: string, partition: number, offset: number): string {
  return `${topic}/${partition}@${offset}`
}

/** The last number of a row before the current sweep; NaN when it has none. */
function latest(table: RingTable, row: number, width: number): number {
  for (let age = 1; age < width; age++) {
    const value = table.get(row, age)
    if (!Number.isNaN(value)) return value
  }
  return Number.NaN
}

/** Windows that are filled anew for each partition: thousands of them are looked at in each sweep. */
function createScratch(width: number) {
  const numbers = () => new Float64Array(width)
  const ends = { length: 0, timesMs: numbers(), ends: numbers() }
  const commits = { length: 0, timesMs: numbers(), committed: numbers(), lags: numbers() }
  const retention = { length: 0, timesMs: commits.timesMs, committed: commits.committed, starts: numbers() }
  return {
    windows: { ends, commits, retention } satisfies Windows,
    begin() {
      ends.length = 0
      commits.length = 0
      retention.length = 0
    },
    add(timeMs: number, start: number, end: number, committed: number) {
      ends.timesMs[ends.length] = timeMs
      ends.ends[ends.length] = end
      ends.length += 1
      if (Number.isNaN(committed)) return
      commits.timesMs[commits.length] = timeMs
      commits.committed[commits.length] = committed
      commits.lags[commits.length] = end - Math.max(committed, start)
      retention.starts[commits.length] = start
      commits.length += 1
      retention.length = commits.length
    }
  }
}
