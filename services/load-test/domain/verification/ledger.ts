import type { BatchOutcome } from '#shared/kafka/producing/port.ts'
import { type AcknowledgedRuns, addRun, countRecords, noRuns } from './acknowledged-runs.ts'
import { addInterval, type Intervals, noIntervals, sizeOf } from './intervals.ts'

/** The outcomes of one producer's records in one partition, by their sequence: the number that each has there. */
export interface PartitionLedger {
  acknowledged: AcknowledgedRuns
  /** Acknowledged without an offset, because the broker knew the batch from an earlier attempt. */
  acknowledgedSomewhere: Intervals
  failed: Intervals
  indeterminate: Intervals
  /** Handed to the network with acks=none: nobody says what became of them. */
  unconfirmed: Intervals
  /** Of aborted transactions: written or not, no read_committed reader may see them. */
  aborted: Intervals
}

/** What one producer knows of its records. Plain data, by partition. */
export type Ledger = Map<number, PartitionLedger>

export function noOutcomes(): PartitionLedger {
  return {
    acknowledged: noRuns(),
    acknowledgedSomewhere: noIntervals(),
    failed: noIntervals(),
    indeterminate: noIntervals(),
    unconfirmed: noIntervals(),
    aborted: noIntervals()
  }
}

/** What became of a batch, once its transaction has ended if it has one. */
export interface FinalOutcome extends Pick<BatchOutcome, 'partition' | 'firstRecord' | 'records' | 'baseOffset'> {
  status: BatchOutcome['status'] | 'aborted'
}

/**
 * Keeps the outcome of a batch. Memory grows with the batches that do not continue the one before them, 12 bytes for each, and
 * with the gaps between those that failed.
 */
export function enter(ledger: Ledger, { status, partition, firstRecord, records, baseOffset }: FinalOutcome): void {
  const outcomes = ledger.get(partition) ?? noOutcomes()
  ledger.set(partition, outcomes)
  if (status === 'acknowledged' && baseOffset !== null) {
    addRun(outcomes.acknowledged, { sequence: firstRecord, offset: baseOffset, records })
    return
  }
  const intervals = status === 'acknowledged' ? outcomes.acknowledgedSomewhere : outcomes[status]
  addInterval(intervals, firstRecord, firstRecord + records)
}

/**
 * Of ledgers that are not those of the records which were sent, nothing follows for the cluster.
 * @param sent by each producer, as it reported while it ran
 * @throws Error if they have more records, or fewer
 */
export function assertAccounted(ledgers: readonly Ledger[], sent: readonly number[]): void {
  const entered = ledgers.map((ledger) => Array.from(ledger.values(), recordsIn).reduce((sum, count) => sum + count, 0))
  if (entered.every((count, producer) => count === sent[producer])) return
  const differences = entered.map((count, producer) => `producer ${producer} sent ${sent[producer]} and has ${count}`)
  throw new Error(`There is no verdict, because kops lost account of its own records: ${differences.join(', ')}`)
}

function recordsIn({ acknowledged, ...others }: PartitionLedger): number {
  return Object.values(others).reduce((sum, intervals) => sum + sizeOf(intervals), countRecords(acknowledged))
}
