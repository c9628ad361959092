import type { BrokerLink } from './link.ts'
import { spoken } from './versions.ts'

const consumerReplicaId = -1
const isolationLevels = { read_uncommitted: 0, read_committed: 1 }
const noEpoch = -1

/** The partitions of one topic that one broker leads. */
export interface LedPartitions {
  topic: string
  partitions: { partition: number; leaderEpoch: number | null }[]
}

export interface ListOffsetsOptions {
  isolation?: keyof typeof isolationLevels
  /** Of the API, for a timestamp that older ones do not know. */
  versions?: readonly (typeof spoken.listOffsets)[number][]
}

/**
 * Asks the leader of partitions for an offset of each (ListOffsets): of a time, or one of ListOffsetTimestamps. The leader epoch
 * goes along, so that a broker that only believes itself to be the leader refuses (KIP-320).
 */
export function listOffsets(
  link: BrokerLink,
  topics: readonly LedPartitions[],
  timestamp: bigint,
  signal: AbortSignal,
  { isolation = 'read_uncommitted', versions = spoken.listOffsets }: ListOffsetsOptions = {}
) {
  const asked = topics.map(({ topic, partitions }) => ({
    name: topic,
    partitions: partitions.map(({ partition, leaderEpoch }) => ({
      partitionIndex: partition,
      currentLeaderEpoch: leaderEpoch ?? noEpoch,
      timestamp
    }))
  }))
  return link.request(versions, [consumerReplicaId, isolationLevels[isolation], asked], signal)
}
