import { ListOffsetTimestamps, type listOffsetsV9 } from '@platformatic/kafka'
import type { BrokerLink } from '../connection/link.ts'
import { spoken } from '../connection/versions.ts'
import type { PartitionOffsets, TopicMetadata } from '../model.ts'
import { isolationLevels } from './fetch.ts'

const consumerReplicaId = -1
const noEpoch = -1

/** The partitions of one topic that one broker leads. */
export interface LedPartitions {
  topic: string
  partitions: { partition: number; leaderEpoch: number | null }[]
}

export interface ListOffsetsOptions {
  /** The requester; undefined: a consumer, which only the leader answers. */
  replicaId?: number
  isolation?: keyof typeof isolationLevels
  /** The minimum API version, for a timestamp that older ones do not support. */
  versions?: readonly (typeof spoken.listOffsets)[number][]
}

/**
 * Asks the leaders of partitions for an offset of each (ListOffsets): at a time, or one of ListOffsetTimestamps. Sends
 * the leader epoch, so that a broker that only considers itself the leader refuses (KIP-320).
 */
export function listOffsets(
  link: BrokerLink,
  topics: readonly LedPartitions[],
  timestamp: bigint,
  signal: AbortSignal,
  {
    replicaId = consumerReplicaId,
    isolation = 'read_uncommitted',
    versions = spoken.listOffsets
  }: ListOffsetsOptions = {}
) {
  const asked = topics.map(({ topic, partitions }) => ({
    name: topic,
    partitions: partitions.map(({ partition, leaderEpoch }) => ({
      partitionIndex: partition,
      currentLeaderEpoch: leaderEpoch ?? noEpoch,
      timestamp
    }))
  }))
  return link.request(versions, [replicaId, isolationLevels[isolation], asked], signal)
}

/** Partitions by their leader; those without a leader separately. */
export function byLeader(topics: readonly TopicMetadata[]): {
  led: Map<number, LedPartitions[]>
  leaderless: PartitionOffsets[]
} {
  const led = new Map<number, LedPartitions[]>()
  const leaderless: PartitionOffsets[] = []
  for (const { name: topic, partitions } of topics) {
    const ofTopic = new Map<number, LedPartitions>()
    for (const { partition, leader, leaderEpoch } of partitions) {
      if (leader === null) {
        leaderless.push(unknownOffsets(topic, partition, 'partition_unavailable'))
        continue
      }
      const known = ofTopic.get(leader) ?? { topic, partitions: [] }
      known.partitions.push({ partition, leaderEpoch })
      ofTopic.set(leader, known)
    }
    for (const [leader, partitions] of ofTopic) {
      const known = led.get(leader)
      if (known) known.push(partitions)
      else led.set(leader, [partitions])
    }
  }
  return { led, leaderless }
}

/**
 * Log start offset and high watermark of the partitions that a broker leads. Requests start offsets first: retention
 * may move them between the two, and the start must never be beyond the end.
 * @param endsAfter requests end offsets once this has settled
 */
export async function readLeaderOffsets(
  link: BrokerLink,
  topics: readonly LedPartitions[],
  signal: AbortSignal,
  endsAfter?: Promise<unknown>
): Promise<PartitionOffsets[]> {
  const ask = (timestamp: bigint) => listOffsets(link, topics, timestamp, signal)
  const askForEnds = () => ask(ListOffsetTimestamps.LATEST)
  const [earliest, latest] = await Promise.all([
    ask(ListOffsetTimestamps.EARLIEST),
    endsAfter ? endsAfter.then(askForEnds) : askForEnds()
  ])
  return joinOffsets(topics, offsetsOf(earliest), offsetsOf(latest))
}

/** The missing values of a broker that could not be asked. */
export function unreadOffsets(topics: readonly LedPartitions[]): PartitionOffsets[] {
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition }) => unknownOffsets(topic, partition, 'broker_unreachable'))
  )
}

/** By topic and partition. Nested: thousands are looked up in each sweep, and no key is put together for each. */
type OffsetsOfTopics = ReadonlyMap<string, ReadonlyMap<number, number>>

function joinOffsets(
  topics: readonly LedPartitions[],
  start: OffsetsOfTopics,
  end: OffsetsOfTopics
): PartitionOffsets[] {
  return topics.flatMap(({ topic, partitions }) => {
    const [starts, ends] = [start.get(topic), end.get(topic)]
    return partitions.map(({ partition }): PartitionOffsets => {
      const logStartOffset = starts?.get(partition) ?? null
      const logEndOffset = ends?.get(partition) ?? null
      const read = { topic, partition, logStartOffset, logEndOffset }
      return logStartOffset === null || logEndOffset === null ? { ...read, reason: 'partition_unavailable' } : read
    })
  })
}

function offsetsOf({ topics }: listOffsetsV9.ListOffsetsResponse): OffsetsOfTopics {
  const offsets = new Map<string, Map<number, number>>()
  for (const { name, partitions } of topics) {
    const ofTopic = offsets.get(name) ?? new Map<number, number>()
    offsets.set(name, ofTopic)
    for (const { partitionIndex, errorCode, offset } of partitions) {
      if (errorCode === 0 && offset >= 0n) ofTopic.set(partitionIndex, Number(offset))
    }
  }
  return offsets
}

function unknownOffsets(
  topic: string,
  partition: number,
  reason: 'partition_unavailable' | 'broker_unreachable'
): PartitionOffsets {
  return { topic, partition, logStartOffset: null, logEndOffset: null, reason }
}

export interface TimeOffset {
  topic: string
  partition: number
  /** null: every record is older. */
  offset: number | null
}

/**
 * The first offset of each partition whose record is at or after a time, from the leader's time index (ListOffsets).
 * Leaves out partitions that the broker refuses.
 */
export async function offsetsAtTime(
  link: BrokerLink,
  topics: readonly LedPartitions[],
  timestampMs: number,
  signal: AbortSignal
): Promise<TimeOffset[]> {
  const response = await listOffsets(link, topics, BigInt(Math.max(0, Math.trunc(timestampMs))), signal)
  return response.topics.flatMap(({ name, partitions }) =>
    partitions.flatMap(({ partitionIndex, errorCode, offset }) =>
      errorCode === 0 ? [{ topic: name, partition: partitionIndex, offset: offset < 0n ? null : Number(offset) }] : []
    )
  )
}
