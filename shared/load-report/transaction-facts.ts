import type { TransactionsResult } from '#shared/contracts/load-transactions.ts'
import type { Transactions } from '#shared/contracts/workload.ts'
import { grouped, milliseconds, plain } from '../reports/figures.ts'

/** What a workload says of transactions. */
export function transactionsInWords({ records, durationMs, abortShare = 0 }: Transactions): string {
  const ends = [
    ...(records === undefined ? [] : [`${grouped(records)} records`]),
    ...(durationMs === undefined ? [] : [`${grouped(durationMs)} ms`])
  ]
  const aborted = abortShare > 0 ? `, ${Number((abortShare * 100).toPrecision(3))} % aborted` : ''
  return `of at most ${ends.join(' or ')}${aborted}`
}

/** What became of them. */
export function transactionFacts(result: TransactionsResult): [name: string, text: string][] {
  const { committed, committedRecords, aborted, abortedRecords, indeterminate, indeterminateRecords } = result
  const parts = [
    `${grouped(committed)} committed (${grouped(committedRecords)} records)`,
    ...(aborted > 0 ? [`${grouped(aborted)} aborted (${grouped(abortedRecords)})`] : []),
    ...(indeterminate > 0
      ? [
          `${grouped(indeterminate)} without an answer (${grouped(indeterminateRecords)}, all or none of each committed)`
        ]
      : [])
  ]
  const codes = result.errors.map(({ code, count }) => `${plain(code)} ${grouped(count)}`)
  const failed = result.uncommitted > 0 ? `; ${grouped(result.uncommitted)} not on purpose: ${codes.join(', ')}` : ''
  const { commitMs } = result
  return [
    ['Committed', `${parts.join(', ')}${failed}`],
    ...(commitMs
      ? [
          [
            'Commit time',
            `p50 ${milliseconds(commitMs.p50)} ms, p99 ${milliseconds(commitMs.p99)} ms; response times end with the acknowledgement, before it`
          ] satisfies [string, string]
        ]
      : [])
  ]
}
