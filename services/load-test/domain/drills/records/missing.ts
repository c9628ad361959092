import type { FoundRecords } from '#shared/contracts/replica-records.ts'
import type { ReadRecord } from '../verifier.ts'
import type { TimedOutcome } from './outcomes.ts'

/** What became of acknowledged records that the reader of the whole log did not deliver. */
export interface MissingRecords {
  /** In no replica's log, or the logs could not be searched. */
  lost: readonly TimedOutcome[]
  /** Somewhere: not lost, but not read. */
  unread: readonly { outcome: TimedOutcome; where: string }[]
}

export type ReplicaFinding = FoundRecords['replicas'][number]

/**
 * Distinguishes lost records from ones that were only not read: another reader, or the log of a replica, may have them.
 * @param missing acknowledged, and not delivered by the reader of everything
 * @param replicas by partition, as far as they were searched
 */
export function settleMissing(
  missing: readonly TimedOutcome[],
  otherReader: readonly ReadRecord[],
  replicas: ReadonlyMap<number, readonly ReplicaFinding[]>
): MissingRecords {
  const seenByOther = new Set(otherReader.map(({ sequence }) => sequence))
  const lost: TimedOutcome[] = []
  const unread: { outcome: TimedOutcome; where: string }[] = []
  for (const outcome of missing) {
    const { partition, offset, sequence } = outcome
    const holding = (replicas.get(partition) ?? []).filter(({ holds }) => offset !== null && holds.includes(offset))
    if (seenByOther.has(sequence)) unread.push({ outcome, where: 'the other reader' })
    else if (holding.length > 0) unread.push({ outcome, where: holding.map(({ node }) => node).join(', ') })
    else lost.push(outcome)
  }
  return { lost, unread }
}
