import type { CommittedOffset } from '#shared/kafka/groups/port.ts'
import type { PartitionOffsets } from '#shared/kafka/model.ts'
import type { ClusterReadings } from '../readings.ts'
import { type CommitRow, createHistoryRows, type LogRows, latest } from './history-rows.ts'
import type { PlaceMap } from './place-map.ts'
import { restoreRows, type SavedHistory, saveRows } from './saved-history.ts'
import { createScratch, nothingSeen, type Windows } from './windows.ts'

/** Number of sweeps kept: half an hour at the default interval. */
export const rememberedSweeps = 60

/** The part of a sweep that the history records. */
export type RecordedReadings = Pick<
  ClusterReadings,
  'metadata' | 'groups' | 'committed' | 'offsets' | 'recordTimes' | 'errors' | 'parts' | 'asOf'
>

/**
 * The last sweeps' offsets of groups and partitions: 8 bytes per number, 60 commits per group and partition, 60 start
 * and end offsets per partition with a commit. Forgets what has left the cluster.
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
   * Timestamp of a record in milliseconds; null: it has none; undefined: it was not read. A timestamp that nobody
   * requests between two sweeps is forgotten.
   */
  recordTime(topic: string, partition: number, offset: number): number | null | undefined
  /** The history of lagging partitions, limited to those furthest behind. */
  saved(limit: number): SavedHistory
  /**
   * Inserts a saved history before the sweeps recorded since.
   * @throws RangeError if it is not the output of `saved`; the history may then contain part of it
   */
  restore(saved: SavedHistory): void
  /** The number of rings in use. */
  readonly size: { partitions: number; commits: number }
}

export function createGroupHistory(width: number = rememberedSweeps): GroupHistory {
  const rows = createHistoryRows(width)
  const { times, timeRow, logs, commits, partitions, groups, topicIds } = rows
  /** Record timestamps read or requested since the last sweep, and those of the interval before. */
  let recordTimes = new Map<string, number | null>()
  let olderRecordTimes = recordTimes
  let recordedAtMs: number | null = null
  let sweeps = 0
  const scratch = createScratch(width)

  function recordLog({ topic, partition, logStartOffset, logEndOffset }: PartitionOffsets): void {
    const rows = partitions.get(topic, partition)
    if (rows === undefined || logStartOffset === null || logEndOffset === null) return
    // The log was truncated, or its topic recreated where topics have no ids: earlier offsets belong to another log.
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
    // Data that the coordinator could not return this time still exists.
    if (known !== undefined && (offset !== null || reason !== 'no_commit')) known.seen = sweeps
    if (offset === null) return
    known ??= rows.ofCommit(ofGroup, topic, partition, sweeps)
    commits.set(known.row, offset)
  }

  /** Logs of topics that were recreated begin at nothing. */
  function noticeNewTopics({ metadata }: RecordedReadings): void {
    for (const { name, id } of metadata?.topics ?? []) {
      const known = topicIds.get(name)
      if (id === undefined || id === known) continue
      topicIds.set(name, id)
      if (known === undefined) continue
      for (const rows of partitions.values()) if (rows.topic === name) forgetLog(rows)
    }
  }

  /** Commits that are absent although this sweep has read everything, and partitions without any commits left. */
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
        recordCommit(rows.ofGroup(commit.group), commit)
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
    saved: (limit) => saveRows(rows, limit),
    restore: (saved) => restoreRows(rows, saved, sweeps),
    get size() {
      return { partitions: partitions.size, commits: commits.rows }
    }
  }
}

function recordKey(topic: string, partition: number, offset: number): string {
  return `${topic}/${partition}@${offset}`
}
