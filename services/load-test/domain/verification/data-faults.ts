import type { RecordCounts } from './partition-check.ts'

type Fault = 'ackedLost' | 'corrupt' | 'duplicates' | 'reordered' | 'failedButPresent'
type NotEverywhere = 'ackAliased' | 'abortedPresent'

/**
 * What must not happen to records, in words; empty if it did not.
 * @param counts.ackAliased absent where nobody counted it, like abortedPresent
 * @param idempotent false: the producer may write a record twice, or after its successor, and that is no fault
 */
export function dataFaults(
  counts: Pick<RecordCounts, Fault> & Partial<Pick<RecordCounts, NotEverywhere>>,
  idempotent: boolean
): string[] {
  const faults: [number, string][] = [
    [counts.ackedLost, 'acknowledged but missing from the log'],
    [counts.corrupt, 'corrupt, or not at the acknowledged offset'],
    [counts.ackAliased ?? 0, 'acknowledged at an offset that another acknowledgement claims (the client is wrong)'],
    [idempotent ? counts.duplicates : 0, 'written twice by an idempotent producer'],
    [idempotent ? counts.reordered : 0, 'out of order within their partition'],
    [counts.failedButPresent, 'in the log although the producer got an error'],
    [counts.abortedPresent ?? 0, 'of aborted transactions, and visible to a read_committed reader']
  ]
  return faults.filter(([count]) => count > 0).map(([count, what]) => `${count} record(s) ${what}`)
}
