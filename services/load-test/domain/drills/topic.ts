import type { StartDrill } from '#shared/contracts/drill-request.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { Deadline } from '#shared/kafka/model.ts'
import type { Situation } from './situation.ts'

/** The topic that a drill writes to. */
export interface DrillTopic {
  name: string
  /** It existed before: others write to it and read it, and the drill neither creates nor deletes it. */
  isShared: boolean
  partitions: number
  /** That of the partition that has fewest replicas. */
  replicationFactor: number
  minInsyncReplicas: number
}

/** The consumer groups that get a topic's records. */
export interface TopicReaders {
  /** With members that have partitions of it, or with commits in it. */
  groups: readonly string[]
  /** Not every coordinator answered: there may be more. */
  isPartial: boolean
}

/** The first offset that a partition still has, and its high watermark. */
export interface LogExtent {
  start: number
  end: number
}

/** Of the topic that a drill creates. */
export const ownTopicSettings = { replicationFactor: 3, minInsyncReplicas: 2 }
const partitionsPerBroker = 2
const brokers = 3

export function ownTopicName(id: string): string {
  return `kops-drill-${id}`
}

/** Of a drill that starts later, when its guards would refuse it. @throws KopsError validation_failed with the field */
export function assertConfirmed({ topic, confirmTopic }: Pick<StartDrill, 'topic' | 'confirmTopic'>): void {
  if (topic === undefined || confirmTopic === topic) return
  throw fieldError(
    'validation_failed',
    'confirmTopic',
    `must be ${topic}, whose consumers get the records of the drill`
  )
}

/** The existing topic of a request, for the audit trail. */
export function topicNote({ topic }: Pick<StartDrill, 'topic'> = {}): { topic?: string } {
  return topic === undefined ? {} : { topic }
}

/** The topic that a request names, as it is now, or the one that the drill will create. Pure. @throws KopsError topic_not_found */
export function findTopic(
  id: string,
  { topic: name }: Pick<StartDrill, 'topic'>,
  { metadata, minInsyncReplicas }: Pick<Situation, 'metadata' | 'minInsyncReplicas'>
): DrillTopic {
  if (name === undefined) {
    return { name: ownTopicName(id), isShared: false, partitions: partitionsPerBroker * brokers, ...ownTopicSettings }
  }
  const known = metadata.topics.find((topic) => topic.name === name)
  if (!known) throw fieldError('topic_not_found', 'topic', `there is no topic ${name}`)
  return {
    name,
    isShared: true,
    partitions: known.partitions.length,
    replicationFactor: Math.min(...known.partitions.map(({ replicas }) => replicas.length)),
    // Without the setting its policy is unknown too, and a guard refuses it.
    minInsyncReplicas: minInsyncReplicas.get(name) ?? 1
  }
}

/** @throws KopsError cluster_unreachable if no broker answers */
export async function readTopicReaders(
  reader: Pick<ClusterReader, 'groups' | 'committedOffsets'>,
  topic: string,
  options: Deadline
): Promise<TopicReaders> {
  const groups = await reader.groups(options)
  const committed = await reader.committedOffsets(
    groups.value.map(({ group }) => group),
    options
  )
  const assigned = groups.value.filter(({ memberList }) =>
    memberList?.some(({ assignment }) => assignment.some((each) => each.topic === topic))
  )
  const names = [
    ...assigned.map(({ group }) => group),
    ...committed.value.flatMap(({ group, topic: of, offset }) => (of === topic && offset !== null ? group : []))
  ]
  return {
    groups: Array.from(new Set(names)).sort(),
    isPartial: groups.warnings.length + committed.warnings.length > 0
  }
}

/**
 * Where each partition's log begins and ends now.
 * @throws KopsError topic_not_ready if a partition's leader does not say; cluster_unreachable
 */
export async function readExtents(
  reader: Pick<ClusterReader, 'metadata' | 'offsets'>,
  topic: string,
  options: Deadline
): Promise<Map<number, LogExtent>> {
  const { value } = await reader.metadata({ ...options, topics: [topic] })
  const offsets = await reader.offsets(value.topics, options)
  const extents = new Map(
    offsets.value.flatMap(({ partition, logStartOffset: start, logEndOffset: end }): [number, LogExtent][] =>
      start === null || end === null ? [] : [[partition, { start, end }]]
    )
  )
  const partitions = value.topics.flatMap((each) => each.partitions)
  if (partitions.length === 0 || extents.size < partitions.length) {
    throw new KopsError('topic_not_ready', `Where the partitions of ${topic} begin and end could not be read`)
  }
  return extents
}
