import type { Warning } from '#shared/contracts/common.ts'
import type { ResetOffsets, ResetPartition, ResetPlan } from '#shared/contracts/group-changes.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { GroupDescription } from '#shared/kafka/groups/port.ts'
import { comparePlaces, placeKey, type TopicMetadata } from '#shared/kafka/model.ts'
import type { ReadTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'
import { assertInactive } from './active-members.ts'
import type { GroupPorts } from './describe-group.ts'
import { assertComplete, resetPartition } from './reset-rules.ts'

export interface GroupChangeOptions extends ReadTiming {
  dryRun: boolean
  changeTimeoutMs: number
}

interface Place {
  topic: string
  partition: number
}

/**
 * Moves the committed offsets of a group without members. The plan has the old and new offset of every partition. The
 * reset is all or nothing as far as Kafka allows: if the offsets of one partition cannot be read, it refuses the whole
 * reset before writing anything; the plan names partitions that Kafka refuses after that.
 * @throws KopsError validation_failed, group_not_found, group_active, topic_not_found, topic_not_ready,
 * coordinator_unavailable, cluster_unreachable, kafka_timeout
 */
export async function resetOffsets(
  ports: GroupPorts,
  group: string,
  request: ResetOffsets,
  options: GroupChangeOptions
): Promise<ResetPlan> {
  assertComplete(request)
  const { deadlineMs, dryRun } = options
  const description = await ports.groups.describe(group, { deadlineMs })
  assertInactive(description.value)
  const scope = await findScope(ports.reader, request, description.value, deadlineMs)
  const times = await timesOf(ports, request, scope.places, options)
  const offsets = await ports.reader.offsets(scope.topics, { deadlineMs })
  const logs = new Map(offsets.value.map((read) => [placeKey(read.topic, read.partition), read]))
  const old = oldOffsets(description.value)
  const partitions = scope.places.map(({ topic, partition }) => {
    const key = placeKey(topic, partition)
    const { logStartOffset: start = null, logEndOffset: end = null } = logs.get(key) ?? {}
    const log = start === null || end === null ? null : { start, end }
    return resetPartition(request, {
      topic,
      partition,
      oldOffset: old.get(key) ?? null,
      log,
      atTime: times.value.get(key)
    })
  })
  const plan: ResetPlan = {
    group,
    action: 'reset-offsets',
    partitions,
    changes: partitions.filter(isChange).length,
    dryRun,
    applied: false,
    warnings: distinctWarnings([description.warnings, scope.warnings, times.warnings, offsets.warnings].flat())
  }
  if (dryRun) return plan
  assertReadable(partitions)
  return carryOut(ports, plan, options)
}

async function carryOut(
  ports: GroupPorts,
  plan: ResetPlan,
  { changeTimeoutMs }: GroupChangeOptions
): Promise<ResetPlan> {
  const wanted = plan.partitions.flatMap(({ topic, partition, newOffset }) =>
    newOffset === null ? [] : [{ topic, partition, offset: newOffset }]
  )
  if (wanted.length === 0) return { ...plan, applied: true }
  const results = await ports.groups.commit(plan.group, wanted, { deadlineMs: changeTimeoutMs })
  const errors = new Map(results.map(({ topic, partition, error }) => [placeKey(topic, partition), error]))
  const partitions = plan.partitions.map((row) => {
    const error = errors.get(placeKey(row.topic, row.partition))
    return error ? { ...row, error } : row
  })
  return { ...plan, partitions, applied: partitions.every(({ error }) => error === undefined) }
}

/** The selected partitions, in order, and their topics. */
async function findScope(
  reader: GroupPorts['reader'],
  request: ResetOffsets,
  { commits }: GroupDescription,
  deadlineMs: number
): Promise<{ places: Place[]; topics: TopicMetadata[]; warnings: Warning[] }> {
  const named = request.topics ?? request.offsets
  const names = [...new Set((named ?? commits).map(({ topic }) => topic))]
  const metadata = await reader.metadata({ topics: names, deadlineMs })
  const known = new Map(metadata.value.topics.map((topic) => [topic.name, topic]))
  const absent = names.filter((name) => !known.has(name))
  if (named !== undefined && absent[0] !== undefined) {
    throw fieldError('topic_not_found', request.topics ? 'topics' : 'offsets', `Topic ${absent[0]} does not exist`)
  }
  const places = placesOf(request, commits, known)
  for (const { topic, partition } of places) {
    if (known.get(topic)?.partitions.some((candidate) => candidate.partition === partition)) continue
    throw fieldError(
      'validation_failed',
      request.topics ? 'topics' : 'offsets',
      `${topic} has no partition ${partition}`
    )
  }
  const wanted = new Set(places.map(({ topic, partition }) => placeKey(topic, partition)))
  return {
    places: places.sort(comparePlaces),
    topics: metadata.value.topics.map((topic) => ({
      ...topic,
      partitions: topic.partitions.filter(({ partition }) => wanted.has(placeKey(topic.name, partition)))
    })),
    warnings: [
      ...metadata.warnings,
      ...absent.map((name) => ({
        code: 'topic_not_found',
        message: 'The topic no longer exists; offsets committed for it are unchanged',
        target: name
      }))
    ]
  }
}

function placesOf(
  { topics, offsets }: ResetOffsets,
  commits: GroupDescription['commits'],
  known: ReadonlyMap<string, TopicMetadata>
): Place[] {
  if (offsets !== undefined) return offsets.map(({ topic, partition }) => ({ topic, partition }))
  if (topics === undefined) {
    return commits.flatMap(({ topic, partition }) =>
      known.get(topic)?.partitions.some((candidate) => candidate.partition === partition) ? [{ topic, partition }] : []
    )
  }
  const places = topics.flatMap(({ topic, partitions }) =>
    (partitions ?? known.get(topic)?.partitions.map(({ partition }) => partition) ?? []).map((partition) => ({
      topic,
      partition
    }))
  )
  return [...new Map(places.map((place) => [placeKey(place.topic, place.partition), place])).values()]
}

async function timesOf(
  { groups }: GroupPorts,
  request: ResetOffsets,
  places: readonly Place[],
  { now, deadlineMs }: GroupChangeOptions
): Promise<{ value: Map<string, number | null>; warnings: Warning[] }> {
  const instant =
    request.to === 'timestamp' && request.timestamp !== undefined
      ? Date.parse(request.timestamp)
      : request.to === 'durationBack'
        ? now().getTime() - (request.durationMs ?? 0)
        : undefined
  if (instant === undefined || places.length === 0) return { value: new Map(), warnings: [] }
  const byTopic = Array.from(
    Map.groupBy(places, ({ topic }) => topic),
    ([topic, ofTopic]) => ({
      topic,
      partitions: ofTopic.map(({ partition }) => partition)
    })
  )
  return groups.offsetsAtTime(byTopic, instant, { deadlineMs })
}

function oldOffsets({ commits }: GroupDescription): Map<string, number | null> {
  return new Map(commits.map(({ topic, partition, offset }) => [placeKey(topic, partition), offset]))
}

function isChange({ oldOffset, newOffset }: ResetPartition): boolean {
  return newOffset !== null && newOffset !== oldOffset
}

/** @throws KopsError topic_not_ready naming the partitions whose new offset is currently unknown */
function assertReadable(partitions: readonly ResetPartition[]): void {
  const unread = partitions.filter(({ reason }) => reason === 'partition_unavailable')
  if (unread.length === 0) return
  const names = unread.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')
  throw new KopsError('topic_not_ready', `Nothing was changed: the offsets of ${names} cannot be read at the moment`)
}
