import type { DeleteRecordsQuery, RecordsPlan } from '#shared/contracts/topic-changes.ts'
import type { KeptOffset } from '#shared/contracts/topic-recreation.ts'
import { fieldError, type KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { TopicGroups } from '#shared/kafka/groups/port.ts'
import type { PartitionOffsets, TopicMetadata } from '#shared/kafka/model.ts'
import type { TopicRecords } from '#shared/kafka/records/port.ts'
import { assertNotReserved, type ReservedTopics } from '#shared/reserved-topics.ts'
import { sum } from '../sum.ts'
import type { ChangeTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'
import { unknownTopic } from './describe-topic.ts'
import { assertFree, assertReasoned, obstaclesTo, readUsage } from './topic-usage.ts'

export interface RecordPorts {
  reader: ClusterReader
  topicGroups: TopicGroups
  topicRecords: TopicRecords
  reserved: Pick<ReservedTopics, 'refusal'>
  /** How long a topic must have received no records to be truncated without force. */
  quietMs: number
}

/** Which records go: up to an offset, up to a time, or all. */
export type Boundary = { before: 'end' } | { before: 'offset'; offset: number } | { before: 'time'; time: Date }

/** @throws KopsError validation_failed unless exactly one boundary is given */
export function boundaryOf({ beforeOffset, beforeTime }: DeleteRecordsQuery): Boundary {
  if (beforeOffset !== undefined && beforeTime === undefined) return { before: 'offset', offset: beforeOffset }
  if (beforeTime !== undefined && beforeOffset === undefined) return { before: 'time', time: new Date(beforeTime) }
  throw fieldError('validation_failed', 'beforeOffset', 'give either beforeOffset or beforeTime, not both')
}

export interface RecordsRequest {
  boundary: Boundary
  /** Only of this partition; of all when undefined. */
  partition?: number
  dryRun?: boolean
  force?: boolean
  reason?: string
}

/**
 * Deletes records from the beginning of partitions. Partitions succeed and fail independently, and the plan reports
 * each. Group members and recent writes are objections to deleting all records (truncate); a boundary in the past does
 * not affect producers, and the plan reports what groups would miss.
 * @throws KopsError topic_protected, topic_not_found, topic_in_use, validation_failed; the reason, if no partition
 * could be done
 */
export async function deleteRecords(
  { reader, topicGroups, topicRecords, reserved, quietMs }: RecordPorts,
  name: string,
  { boundary, partition, dryRun = false, force = false, reason }: RecordsRequest,
  options: ChangeTiming
): Promise<RecordsPlan> {
  assertNotReserved(reserved, name, 'erase')
  assertReasoned({ force, ...(reason === undefined ? {} : { reason }) })
  const { deadlineMs, now } = options
  const metadata = await reader.metadata({ topics: [name], deadlineMs })
  const found = metadata.value.topics.find((candidate) => candidate.name === name)
  if (found === undefined) throw unknownTopic(name)
  const topic = onlyPartition(found, partition)
  const [offsets, times, usage, configs] = await Promise.all([
    reader.offsets([topic], { deadlineMs }),
    boundary.before === 'time'
      ? topicRecords.offsetsAt(topic, boundary.time, { deadlineMs })
      : { value: new Map<number, number | null>(), warnings: [] },
    readUsage({ reader, topicGroups, topicRecords }, found, { deadlineMs }),
    reader.topicConfigs([name], { deadlineMs, names: ['cleanup.policy'] })
  ])
  assertDeletable(name, configs.value.get(name)?.find((entry) => entry.name === 'cleanup.policy')?.value)
  const partitions = planPartitions(topic, offsets.value, boundary, times.value)
  const truncates = boundary.before === 'end'
  const plan: RecordsPlan = {
    action: truncates ? 'truncate' : 'delete-records',
    topic: name,
    dryRun,
    applied: false,
    records: sum(partitions.map(({ records }) => records)),
    partitions,
    skipped: skippedBy(partitions, usage.committedOffsets),
    obstacles: truncates ? obstaclesTo(name, usage, { now: now(), quietMs }) : [],
    warnings: distinctWarnings([metadata, offsets, times, usage, configs].flatMap(({ warnings }) => warnings))
  }
  if (dryRun) return plan
  assertFree(name, plan.obstacles, force)
  return carryOut(topicRecords, topic, plan, options)
}

async function carryOut(
  topicRecords: Pick<TopicRecords, 'deleteRecords'>,
  topic: TopicMetadata,
  plan: RecordsPlan,
  { changeTimeoutMs }: ChangeTiming
): Promise<RecordsPlan> {
  const before = new Map(
    plan.partitions.flatMap(({ partition, newLogStartOffset }): [number, number][] =>
      newLogStartOffset === null ? [] : [[partition, newLogStartOffset]]
    )
  )
  const errors: Map<number, KopsError> =
    before.size === 0 ? new Map() : await topicRecords.deleteRecords(topic, before, { deadlineMs: changeTimeoutMs })
  const [first] = errors.values()
  if (first && errors.size === before.size) throw first
  const partitions = plan.partitions.map((entry) => {
    const error = errors.get(entry.partition)
    if (error) return { ...entry, detail: error.message }
    return { ...entry, applied: before.has(entry.partition) || entry.records === 0 }
  })
  return { ...plan, partitions, applied: partitions.every(({ applied }) => applied) }
}

/** The new start of each partition. Never before its start or beyond its end. Pure. */
export function planPartitions(
  topic: TopicMetadata,
  offsets: PartitionOffsets[],
  boundary: Boundary,
  times: ReadonlyMap<number, number | null>
): RecordsPlan['partitions'] {
  const read = new Map(offsets.map((entry) => [entry.partition, entry]))
  return topic.partitions.map(({ partition }) => {
    const { logStartOffset = null, logEndOffset = null } = read.get(partition) ?? {}
    const left = (records: number | null, detail: string) => ({
      partition,
      logStartOffset,
      logEndOffset,
      newLogStartOffset: null,
      records,
      applied: false,
      detail
    })
    if (logStartOffset === null || logEndOffset === null) return left(null, 'its offsets are unknown')
    const wanted = wantedStart(boundary, logEndOffset, times.get(partition))
    if (wanted === undefined) return left(null, 'its offset for that time is unknown')
    const start = Math.min(wanted, logEndOffset)
    if (start <= logStartOffset) return left(0, 'it has no earlier records')
    return {
      partition,
      logStartOffset,
      logEndOffset,
      newLogStartOffset: start,
      records: start - logStartOffset,
      applied: false
    }
  })
}

function wantedStart(boundary: Boundary, end: number, atTime: number | null | undefined): number | undefined {
  switch (boundary.before) {
    case 'end':
      return end
    case 'offset':
      return boundary.offset
    case 'time':
      // There is no record at or after that time: all are older.
      return atTime === null ? end : atTime
  }
}

/** Commits of groups below the new start: the groups will not read the records in between. */
function skippedBy(partitions: RecordsPlan['partitions'], committed: KeptOffset[]): RecordsPlan['skipped'] {
  const planned = new Map(partitions.map((entry) => [entry.partition, entry]))
  return committed.flatMap(({ group, partition, offset }) => {
    const { newLogStartOffset = null, logStartOffset = null } = planned.get(partition) ?? {}
    if (newLogStartOffset === null || logStartOffset === null) return []
    const records = newLogStartOffset - Math.max(offset, logStartOffset)
    return records > 0 ? [{ group, partition, records }] : []
  })
}

/** Kafka refuses to delete records of a topic that is only compacted; said before, and why. */
function assertDeletable(name: string, policy: string | null | undefined): void {
  if (typeof policy !== 'string' || policy.split(',').some((part) => part.trim() === 'delete')) return
  throw fieldError(
    'config_invalid',
    'topicName',
    `${name} has cleanup.policy=${policy}: Kafka deletes records only if the policy includes "delete"`
  )
}

function onlyPartition(topic: TopicMetadata, partition: number | undefined): TopicMetadata {
  if (partition === undefined) return topic
  const partitions = topic.partitions.filter((candidate) => candidate.partition === partition)
  if (partitions.length > 0) return { ...topic, partitions }
  throw fieldError('partitions_invalid', 'partition', `${topic.name} has ${topic.partitions.length} partitions, from 0`)
}
