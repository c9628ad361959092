import type { CommittedOffset, PartitionOffsets } from '#shared/kafka/ports.ts'
import type { ClusterReadings } from '../readings.ts'
import type { EndWindow } from './lag-seconds.ts'
import { createPlaceMap, type PlaceMap } from './place-map.ts'
import type { RetentionWindow } from './retention.ts'
import { createRingTable, type RingTable, ringOf, ringText } from './ring-table.ts'
import type { CommitWindow } from './verdict.ts'

/** So many sweeps are remembered: half an hour at the default interval. */
export const rememberedSweeps = 60

/** What of a sweep goes into the history. */
export type RecordedReadings = Pick<
  ClusterReadings,
  'metadata' | 'groups' | 'committed' | 'offsets' | 'recordTimes' | 'errors' | 'parts' | 'asOf'
>

/** A history as it is kept: rings as text, see ringText, each from the oldest sweep to the last. */
export interface SavedHistory {
  times: string
  topics: { name: string; id: string }[]
  logs: { topic: string; partition: number; starts: string; ends: string }[]
  commits: { group: string; topic: string; partition: number; offsets: string }[]
}

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
  /** The oldest end offset that is still remembered when the next sweep is recorded; null when there is none. */
  oldestEnd(topic: string, partition: number): number | null
  /**
   * Timestamp of a record in milliseconds; null: it has none; undefined: it was not read. One that nobody asks for between two
   * sweeps is forgotten.
   */
  recordTime(topic: string, partition: number, offset: number): number | null | undefined
  /** What is unread and what it is judged by, at most so many partitions of groups: those that are furthest behind. */
  saved(limit: number): SavedHistory
  /**
   * Puts what was saved before the sweeps that were recorded since.
   * @throws RangeError when it is not what `saved` makes; the history may then have some of it
   */
  restore(saved: SavedHistory): void
  /** How many rings are kept. */
  readonly size: { partitions: number; commits: number }
}

/** Rows of both tables for one partition. */
interface LogRows {
  topic: string
  partition: number
  start: number
  end: number
  /** How many groups have a commit here. */
  groups: number
}

/** The row of one commit, and the last sweep that saw it. */
interface CommitRow {
  row: number
  log: LogRows
  seen: number
}

export function createGroupHistory(width: number = rememberedSweeps): GroupHistory {
  const times = createRingTable(width)
  const timeRow = times.add()
  const logs = createRingTable(width)
  const commits = createRingTable(width)
  const partitions = createPlaceMap<LogRows>()
  const groups = new Map<string, PlaceMap<CommitRow>>()
  /** Kafka's ids of topics: a topic made anew under its name has another one. */
  const topicIds = new Map<string, string>()
  /** Timestamps of records that were read or asked for since the last sweep, and those of before that. */
  let recordTimes = new Map<string, number | null>()
  let olderRecordTimes = recordTimes
  let recordedAtMs: number | null = null
  let sweeps = 0
  const scratch = createScratch(width)

  function recordLog({ topic, partition, logStartOffset, logEndOffset }: PartitionOffsets): void {
    const rows = partitions.get(topic, partition)
    if (rows === undefined || logStartOffset === null || logEndOffset === null) return
    // A log that was cut, or whose topic was made anew where topics have no ids: what was before is another log.
    if (logEndOffset < latest(logs, rows.end, width)) forgetLog(rows)
    logs.set(rows.start, logStartOffset)
    logs.set(rows.end, logEndOffset)
  }

  function forgetLog({ start, end }: LogRows): void {
    logs.clear(start)
    logs.clear(end)
  }

  function recordCommit(ofGroup: PlaceMap<CommitRow>, { topic, partition, offset, reason }: CommittedOffset): void {
    let known = ofGroup.get(topic, partition)
    // What the coordinator could not tell this time is not gone.
    if (known !== undefined && (offset !== null || reason !== 'no_commit')) known.seen = sweeps
    if (offset === null) return
    known ??= commitRow(ofGroup, topic, partition)
    commits.set(known.row, offset)
  }

  function commitRow(ofGroup: PlaceMap<CommitRow>, topic: string, partition: number): CommitRow {
    const known = ofGroup.get(topic, partition)
    if (known !== undefined) return known
    const made = { row: commits.add(), log: logRows(topic, partition), seen: sweeps }
    made.log.groups += 1
    ofGroup.set(topic, partition, made)
    return made
  }

  function groupRows(group: string): PlaceMap<CommitRow> {
    const known = groups.get(group)
    if (known !== undefined) return known
    const made = createPlaceMap<CommitRow>()
    groups.set(group, made)
    return made
  }

  /** By the last offsets that were read; NaN where there are none. */
  function lagOf(row: number, { start, end }: LogRows): number {
    const last = (table: RingTable, of: number) => {
      const now = table.get(of, 0)
      return Number.isNaN(now) ? latest(table, of, width) : now
    }
    return last(logs, end) - Math.max(last(commits, row), last(logs, start))
  }

  function logRows(topic: string, partition: number): LogRows {
    const known = partitions.get(topic, partition)
    if (known !== undefined) return known
    const made = { topic, partition, start: logs.add(), end: logs.add(), groups: 0 }
    partitions.set(topic, partition, made)
    return made
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

  /** Commits that this sweep, which has read all, did not see; and partitions without commits any more. */
  function forgetGone(): void {
    for (const [group, ofGroup] of groups) {
      for (const { row, log, seen } of ofGroup.values()) {
        if (seen === sweeps) continue
        commits.remove(row)
        ofGroup.delete(log.topic, log.partition)
        log.groups -= 1
      }
      if (ofGroup.size === 0) groups.delete(group)
    }
    for (const { topic, partition, start, end, groups } of partitions.values()) {
      if (groups > 0) continue
      logs.remove(start)
      logs.remove(end)
      partitions.delete(topic, partition)
    }
  }

  return {
    record(readings) {
      const now = (readings.parts.get('offsets')?.asOf ?? readings.asOf).getTime()
      for (const table of [times, logs, commits]) table.advance()
      times.set(timeRow, now)
      recordedAtMs = now
      sweeps += 1
      const topics = readings.metadata && new Set(readings.metadata.topics.map(({ name }) => name))
      noticeNewTopics(readings)
      for (const commit of readings.committed) {
        if (topics && !topics.has(commit.topic)) continue
        recordCommit(groupRows(commit.group), commit)
      }
      for (const offsets of readings.offsets) recordLog(offsets)
      const complete = readings.groups !== null && !readings.errors.has('groups') && !readings.errors.has('commits')
      if (complete && topics) forgetGone()
      for (const name of topics ? topicIds.keys() : []) if (!topics?.has(name)) topicIds.delete(name)
      olderRecordTimes = recordTimes
      recordTimes = new Map(
        readings.recordTimes.map((read) => [recordKey(read.topic, read.partition, read.offset), read.timestampMs])
      )
    },
    get recordedAtMs() {
      return recordedAtMs
    },
    windows(group, topic, partition) {
      const log = partitions.get(topic, partition)
      if (log === undefined) return nothingSeen
      logs.read(log.end, scratch.read.ends)
      logs.read(log.start, scratch.read.starts)
      const commit = groups.get(group)?.get(topic, partition)
      if (commit === undefined) scratch.read.commits.fill(Number.NaN)
      else commits.read(commit.row, scratch.read.commits)
      times.read(timeRow, scratch.read.times)
      scratch.fill(sweeps)
      return scratch.windows
    },
    oldestEnd(topic, partition) {
      const log = partitions.get(topic, partition)
      if (log === undefined) return null
      for (let age = width - 2; age >= 0; age--) {
        const end = logs.get(log.end, age)
        if (!Number.isNaN(end)) return end
      }
      return null
    },
    recordTime(topic, partition, offset) {
      const key = recordKey(topic, partition, offset)
      const known = recordTimes.get(key) ?? olderRecordTimes.get(key)
      if (known !== undefined) recordTimes.set(key, known)
      return known
    },
    saved(limit) {
      const unread = Array.from(groups, ([group, ofGroup]) =>
        Array.from(ofGroup.values(), ({ row, log }) => ({ group, row, log, lag: lagOf(row, log) }))
      )
      const kept = unread
        .flat()
        .filter(({ lag }) => lag > 0)
        .sort((a, b) => b.lag - a.lag)
        .slice(0, limit)
      const keptLogs = Array.from(new Set(kept.map(({ log }) => log)))
      const text = (table: RingTable, row: number) => ringText(table, row, Math.min(width, table.advanced))
      return {
        times: text(times, timeRow),
        topics: Array.from(new Set(keptLogs.map(({ topic }) => topic))).flatMap((name) => {
          const id = topicIds.get(name)
          return id === undefined ? [] : [{ name, id }]
        }),
        logs: keptLogs.map(({ topic, partition, start, end }) => ({
          topic,
          partition,
          starts: text(logs, start),
          ends: text(logs, end)
        })),
        commits: kept.map(({ group, row, log: { topic, partition } }) => ({
          group,
          topic,
          partition,
          offsets: text(commits, row)
        }))
      }
    },
    restore(saved) {
      const timeRing = ringOf(saved.times)
      const rings: { table: RingTable; row: number; ring: number[] }[] = [
        { table: times, row: timeRow, ring: timeRing }
      ]
      const keep = (table: RingTable, row: number, text: string) => {
        const ring = ringOf(text)
        if (ring.length !== timeRing.length) throw new RangeError('a ring is not as long as that of the times')
        rings.push({ table, row, ring })
      }
      for (const { name, id } of saved.topics) topicIds.set(name, id)
      for (const { topic, partition, starts, ends } of saved.logs) {
        const { start, end } = logRows(topic, partition)
        keep(logs, start, starts)
        keep(logs, end, ends)
      }
      for (const { group, topic, partition, offsets } of saved.commits) {
        keep(commits, commitRow(groupRows(group), topic, partition).row, offsets)
      }
      for (let nth = 0; nth < timeRing.length; nth++) {
        for (const table of [times, logs, commits]) table.advance()
        for (const { table, row, ring } of rings) table.set(row, ring[nth] ?? Number.NaN)
      }
    },
    get size() {
      return { partitions: partitions.size, commits: commits.rows }
    }
  }
}

function recordKey(topic: string, partition: number, offset: number): string {
  return `${topic}/${partition}@${offset}`
}

const none = { length: 0, timesMs: [], committed: [], lags: [], ends: [], starts: [] }
const nothingSeen: Windows = { commits: none, ends: none, retention: none }

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
  const read = { times: numbers(), starts: numbers(), ends: numbers(), commits: numbers() }
  const ends = { length: 0, timesMs: numbers(), ends: numbers() }
  const commits = { length: 0, timesMs: numbers(), committed: numbers(), lags: numbers(), appeared: false }
  const retention = { length: 0, timesMs: commits.timesMs, committed: commits.committed, starts: numbers() }
  return {
    read,
    windows: { ends, commits, retention } satisfies Windows,
    /**
     * Leaves out the sweeps that could not read what a window is about.
     * @param live so many of the last sweeps were recorded and not restored: only those saw that there was no commit yet
     */
    fill(live: number) {
      let [seen, whole] = [0, 0]
      const first = read.commits.findIndex((committed) => !Number.isNaN(committed))
      commits.appeared = read.times
        .subarray(Math.max(0, width - live), Math.max(0, first))
        .some((timeMs) => !Number.isNaN(timeMs))
      for (let nth = 0; nth < width; nth++) {
        const [timeMs = 0, start = 0, end = Number.NaN] = [read.times[nth], read.starts[nth], read.ends[nth]]
        if (Number.isNaN(end)) continue
        ends.timesMs[seen] = timeMs
        ends.ends[seen++] = end
        const committed = read.commits[nth] ?? Number.NaN
        if (Number.isNaN(committed)) continue
        commits.timesMs[whole] = timeMs
        commits.committed[whole] = committed
        commits.lags[whole] = end - Math.max(committed, start)
        retention.starts[whole++] = start
      }
      ends.length = seen
      commits.length = whole
      retention.length = whole
    }
  }
}
