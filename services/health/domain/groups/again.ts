import type { Clock } from '#shared/clock.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { CommittedOffset, GroupReading, KnownGroupsReader } from '#shared/kafka/groups/port.ts'
import type { ClusterMetadata, PartitionOffsets } from '#shared/kafka/model.ts'
import type { RecordTime } from '#shared/kafka/records/port.ts'
import { createPartLog } from '../part-log.ts'
import type { GroupHistory } from './history.ts'
import { type JudgedGroup, judgeGroups, type Past } from './judge.ts'
import { byPlace, type PlaceMap } from './place-map.ts'
import { recordsToDate } from './record-times.ts'

export interface AgainPorts {
  reader: KnownGroupsReader & Pick<ClusterReader, 'offsets' | 'recordTimes'>
  clock: Pick<Clock, 'now' | 'monotonicMs'>
  history: GroupHistory
}

/** Some groups as they were read between two sweeps. */
export interface GroupsAgain {
  /** When their end offsets were read. */
  atMs: number
  groups: GroupReading[]
  committed: CommittedOffset[]
  /** Partitions that these groups have committed. */
  offsets: PartitionOffsets[]
  recordTimes: RecordTime[]
}

/** For each of the questions. */
const deadlineMs = 900
/** Fewer than a sweep dates: they are read more often. */
const mostDated = 32

/** Reads some groups again, commits before end offsets as a sweep does; null when nothing could be read. */
export async function readGroupsAgain(
  { reader, clock, history }: AgainPorts,
  names: readonly string[],
  { topics }: Pick<ClusterMetadata, 'topics'>,
  signal: AbortSignal
): Promise<GroupsAgain | null> {
  const log = createPartLog(clock, signal)
  const found = await log.read('groups', deadlineMs, (limit) => reader.knownGroups(names, limit))
  if (!found || found.committed.length === 0) return null
  const { groups, committed } = found
  const places = byPlace(committed)
  const concerned = topics.flatMap((topic) => {
    const partitions = topic.partitions.filter(({ partition }) => places.get(topic.name, partition))
    return partitions.length === 0 ? [] : [{ ...topic, partitions }]
  })
  const atMs = clock.now().getTime()
  const offsets = await log.read('offsets', deadlineMs, (limit) => reader.offsets(concerned, limit))
  if (!offsets) return null
  const undated = recordsToDate({ committed, offsets }, history, mostDated)
  const recordTimes =
    undated.length === 0
      ? []
      : await log.read('recordTimes', deadlineMs, (limit) => reader.recordTimes(undated, concerned, limit))
  return { atMs, groups, committed, offsets, recordTimes: recordTimes ?? [] }
}

/**
 * All groups, with some of them judged again on the last sweeps plus this reading. A group of which the sweep read more
 * keeps the sweep's judgement. Pure, except that the history caches record times.
 */
export function judgeAgain(
  judged: readonly JudgedGroup[],
  again: GroupsAgain,
  metadata: ClusterMetadata,
  history: GroupHistory
): JudgedGroup[] {
  const { groups, committed, offsets } = again
  const readings = {
    metadata,
    groups,
    committed,
    offsets,
    errors: new Map(),
    parts: new Map(),
    asOf: new Date(again.atMs)
  }
  const rejudged = new Map(judgeGroups(readings, continued(history, again)).map((group) => [group.group, group]))
  return judged.map((before) => {
    const after = rejudged.get(before.group)
    if (!after || after.partitions.length === 0) return before
    const lacks = after.lagReason !== undefined && before.lagReason === undefined
    return lacks ? before : after
  })
}

/** The history plus one reading at its end. The history itself grows only with sweeps, because its rules count them. */
function continued(history: GroupHistory, { atMs, committed, offsets, recordTimes }: GroupsAgain): Past {
  const logs = byPlace(offsets)
  const commits = new Map<string, PlaceMap<CommittedOffset>>(
    Array.from(
      Map.groupBy(committed, ({ group }) => group),
      ([group, list]) => [group, byPlace(list)]
    )
  )
  const times = new Map(recordTimes.map((read) => [`${read.topic}/${read.partition}@${read.offset}`, read.timestampMs]))
  return {
    recordedAtMs: atMs,
    recordTime: (topic, partition, offset) =>
      times.get(`${topic}/${partition}@${offset}`) ?? history.recordTime(topic, partition, offset),
    windows(group, topic, partition) {
      const before = history.windows(group, topic, partition)
      const { logStartOffset: start = null, logEndOffset: end = null } = logs.get(topic, partition) ?? {}
      const offset = commits.get(group)?.get(topic, partition)?.offset ?? null
      if (start === null || end === null) return before
      // The log was truncated, or its topic recreated: earlier offsets belong to another log.
      const kept = (before.ends.ends[before.ends.length - 1] ?? 0) <= end
      const after = (values: ArrayLike<number>, length: number, value: number) =>
        Float64Array.from([...Array.from(values).slice(0, kept ? length : 0), value])
      const { commits: past, retention, ends } = before
      const nextEnds = {
        length: kept ? ends.length + 1 : 1,
        timesMs: after(ends.timesMs, ends.length, atMs),
        ends: after(ends.ends, ends.length, end)
      }
      if (offset === null) return { ...before, ends: nextEnds }
      const length = kept ? past.length + 1 : 1
      const timesMs = after(past.timesMs, past.length, atMs)
      const read = after(past.committed, past.length, offset)
      return {
        ends: nextEnds,
        commits: {
          ...past,
          length,
          timesMs,
          committed: read,
          lags: after(past.lags, past.length, end - Math.max(offset, start))
        },
        retention: { length, timesMs, committed: read, starts: after(retention.starts, retention.length, start) }
      }
    }
  }
}
