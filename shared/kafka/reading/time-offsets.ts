import type { BrokerLink } from './link.ts'
import { type LedPartitions, listOffsets } from './list-offsets.ts'

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
  const response = await listOffsets(link, topics, BigInt(Math.max(0, Math.trunc(timestampMs))), signal)
  return response.topics.flatMap(({ name, partitions }) =>
    partitions.flatMap(({ partitionIndex, errorCode, offset }) =>
      errorCode === 0 ? [{ topic: name, partition: partitionIndex, offset: offset < 0n ? null : Number(offset) }] : []
    )
  )
}
