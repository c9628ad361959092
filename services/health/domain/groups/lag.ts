import type { UnknownReason } from '#shared/contracts/common.ts'
import type { CommittedOffset } from '#shared/kafka/groups/port.ts'
import type { PartitionOffsets } from '#shared/kafka/model.ts'

/**
 * A group's lag in one partition, in records: max(0, end - max(committed, log start)). Records that retention removed
 * no longer count, and after a leader change the end may briefly be below a commit. null if one of the offsets is
 * unknown.
 */
export function partitionLag(
  { offset }: Pick<CommittedOffset, 'offset'>,
  end: Pick<PartitionOffsets, 'logStartOffset' | 'logEndOffset'> | undefined
): number | null {
  if (offset === null || !end || end.logEndOffset === null || end.logStartOffset === null) return null
  return Math.max(0, end.logEndOffset - Math.max(offset, end.logStartOffset))
}

/** The next offset that a group reads; null if unknown. */
export function nextOffset(
  { offset }: Pick<CommittedOffset, 'offset'>,
  { logStartOffset }: Pick<PartitionOffsets, 'logStartOffset'>
): number | null {
  return offset === null || logStartOffset === null ? null : Math.max(offset, logStartOffset)
}

/**
 * The lag of a group: the sum over its partitions that could be read. `lagReason` explains why some are missing from
 * it; the lag is null if none could be read or none has a commit. A partition without a commit does not count as lag.
 */
export function sumLag(partitions: readonly { lag: number | null; lagReason?: UnknownReason }[]): {
  lag: number | null
  lagReason?: UnknownReason
} {
  let lag: number | null = null
  let lagReason: UnknownReason | undefined
  for (const partition of partitions) {
    if (partition.lag !== null) lag = (lag ?? 0) + partition.lag
    else if (partition.lagReason !== 'no_commit') lagReason ??= partition.lagReason ?? 'partition_unavailable'
  }
  if (lag === null) lagReason ??= 'no_commit'
  return lagReason === undefined ? { lag } : { lag, lagReason }
}
