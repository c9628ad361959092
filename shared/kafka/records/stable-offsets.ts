import { ListOffsetTimestamps } from '@platformatic/kafka'
import type { BrokerLink } from '../connection/link.ts'
import { type PartitionOffsets, placeKey } from '../model.ts'
import { type LedPartitions, listOffsets } from '../protocol/list-offsets.ts'

/** The offsets of a partition, and how far it can be read. */
export interface ReadableOffsets extends PartitionOffsets {
  /** The start of the first open transaction, or the high watermark; only if requested. */
  lastStableOffset?: number | null
}

/**
 * Adds the last stable offsets (ListOffsets with read_committed) to a leader's earlier answer on its partitions.
 * Requested after the high watermarks: records written in between must not look like an open transaction.
 */
export async function withStableOffsets(
  link: BrokerLink,
  topics: readonly LedPartitions[],
  offsets: readonly PartitionOffsets[],
  signal: AbortSignal
): Promise<ReadableOffsets[]> {
  const response = await listOffsets(link, topics, ListOffsetTimestamps.LATEST, signal, { isolation: 'read_committed' })
  const stable = new Map(
    response.topics.flatMap(({ name, partitions }) =>
      partitions.flatMap(({ partitionIndex, errorCode, offset }): [string, number][] =>
        errorCode === 0 && offset >= 0n ? [[placeKey(name, partitionIndex), Number(offset)]] : []
      )
    )
  )
  return offsets.map((entry) => {
    const { topic, partition, logEndOffset } = entry
    const known = stable.get(placeKey(topic, partition))
    if (logEndOffset === null) return { ...entry, lastStableOffset: null }
    if (known === undefined) return { ...entry, lastStableOffset: null, reason: 'partition_unavailable' }
    return { ...entry, lastStableOffset: Math.min(known, logEndOffset) }
  })
}
