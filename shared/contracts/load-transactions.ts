import { type Static, Type } from 'typebox'
import { count } from './common.ts'
import { LatencySchema } from './load-latency.ts'

const nullable = Type.Union([Type.Number(), Type.Null()])

/** What became of transactions within one second. */
export const TransactionsSecondSchema = Type.Object(
  {
    committed: count,
    aborted: count,
    indeterminate: count,
    commitP50Ms: nullable,
    commitP99Ms: nullable
  },
  { additionalProperties: false, description: 'Of a workload with `transactions`' }
)

/** What became of the transactions of a run. */
export const TransactionsResultSchema = Type.Object(
  {
    committed: count,
    aborted: Type.Integer({
      minimum: 0,
      description: 'On purpose (`abortShare`), or because they could not be committed'
    }),
    indeterminate: Type.Integer({
      minimum: 0,
      description: 'The coordinator did not say in time whether it has committed them'
    }),
    uncommitted: Type.Integer({ minimum: 0, description: 'Aborted or indeterminate, and not on purpose' }),
    committedRecords: count,
    abortedRecords: Type.Integer({ minimum: 0, description: 'Acknowledged, and part of an aborted transaction' }),
    indeterminateRecords: count,
    commitMs: Type.Union([LatencySchema, Type.Null()], {
      description:
        'From the end of a transaction, when its last records are sent, until the coordinator has committed it; null: none was committed'
    }),
    errors: Type.Array(Type.Object({ code: Type.String(), count }, { additionalProperties: false }), {
      description: 'Why transactions are uncommitted'
    })
  },
  { additionalProperties: false, description: 'Of a workload with `transactions`' }
)
export type TransactionsResult = Static<typeof TransactionsResultSchema>
