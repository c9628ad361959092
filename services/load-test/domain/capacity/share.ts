import type { CapacityShare } from '#shared/contracts/capacity.ts'
import type { MeasuredCapacity } from '#shared/contracts/capacity-measurement.ts'

/** What producers write. */
export interface Load {
  bytesPerSecond: number
  recordsPerSecond: number
}

/**
 * How much of a capacity a load uses. Records of another size than the measured ones cost something between the shares by bytes
 * and by records: the higher one counts. Pure.
 */
export function shareOf(
  load: Load,
  measured: Pick<MeasuredCapacity, 'bytesPerSecond' | 'recordsPerSecond' | 'meaning'>
): CapacityShare {
  const byBytes = rounded(load.bytesPerSecond / measured.bytesPerSecond)
  const byRecords = rounded(load.recordsPerSecond / measured.recordsPerSecond)
  return {
    share: Math.max(byBytes, byRecords),
    by: byRecords > byBytes ? 'records' : 'bytes',
    byBytes,
    byRecords,
    meaning: meanings[measured.meaning]
  }
}

/** The more a cluster takes, the less of it is used. */
const meanings = { found: 'found', atLeast: 'atMost', atMost: 'atLeast' } as const

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000
}
