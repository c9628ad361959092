import type { BrokerLink } from './link.ts'
import type { LedPartitions } from './offsets.ts'
import { spoken } from './versions.ts'

const consumerReplicaId = -1
const readUncommitted = 0
const noEpoch = -1

export interface TimeOffset {
  topic: string
  partition: number
  /** null: every record is older. */
  offset: number | null
}

/**
 * The first offset of each partition whose record is not older than a time, as the leader's time index has it (ListOffsets).
 * Partitions that the broker refuses to tell about are left out.
 */
export async function offsetsAtTime(
  link: BrokerLink,
  topics: readonly LedPartitions[],
  timestampMs: number,
  signal: AbortSignal
): Promise<TimeOffset[]> {
  const asked = topics.map(({ topic, partitions }) => ({
    name: topic,
    partitions: partitions.map(({ partition, leaderEpoch }) => ({
      partitionIndex: partition,
      currentLeaderEpoch: leaderEpoch ?? noEpoch,
      timestamp: BigInt(Math.max(0, Math.trunc(timestampMs)))
    }))
  }))
  const response = await link.request(spoken.listOffsets, [consumerReplicaId, readUncommitted, asked], signal)
  return response.topics.flatMap(({ name, partitions }) =>
    partitions.flatMap(({ partitionIndex, errorCode, offset }) =>
      errorCode === 0 ? [{ topic: name, partition: partitionIndex, offset: offset < 0n ? null : Number(offset) }] : []
    )
  )
}
