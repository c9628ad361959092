import { type Static, Type } from 'typebox'
import { count } from './common.ts'
import { SecondsBandSchema } from './what-if.ts'

const milliseconds = (description: string) => Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description })

/** The transaction that a drill leaves open. */
export const DrillTransactionSchema = Type.Object(
  {
    end: Type.Optional(
      Type.Enum(['commit', 'abort'], { default: 'commit', description: 'What its producer asks for, too late' })
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 1000,
        maximum: 310_000,
        description:
          'transaction.timeout.ms of its producer. Default: 10 s more than the fault lasts. If it is shorter, the coordinator aborts the transaction'
      })
    )
  },
  { $id: 'DrillTransaction', additionalProperties: false }
)
export type DrillTransaction = Static<typeof DrillTransactionSchema>

/** What became of the transaction that a drill left open. */
export const HangingTransactionSchema = Type.Object(
  {
    transactionalId: Type.String({ examples: ['kops-drill-20260131T123456-9f3a1c-hanging'] }),
    timeoutMs: Type.Integer({ description: 'transaction.timeout.ms' }),
    records: Type.Integer({ minimum: 0, description: 'Acknowledged ones that belong to it' }),
    end: Type.Enum(['committed', 'aborted', 'indeterminate', 'open'], {
      description: 'indeterminate: the coordinator did not say which; open: nobody ended it'
    }),
    endedBy: Type.Union([Type.Enum(['producer', 'coordinator']), Type.Null()], {
      description:
        'coordinator: it aborted the transaction because its timeout was over. null: nobody did, or nobody knows'
    }),
    waitMs: milliseconds(
      'From the fault until read_committed readers could go on in every partition; null: in one they could not'
    ),
    resumedMs: milliseconds('From the producer asking for the end until then; null: the coordinator had ended it'),
    predictedSeconds: Type.Union([SecondsBandSchema, Type.Null()], { description: 'Expected for waitMs' }),
    within: Type.Union([Type.Boolean(), Type.Null()], { description: 'null: one of the two is not known' }),
    partitions: Type.Array(
      Type.Object(
        {
          partition: count,
          firstOffset: Type.Integer({
            minimum: 0,
            description: 'Of the transaction: the last stable offset stands here'
          }),
          stoodMs: milliseconds('How long the last stable offset stood there; null: it did not, or to the end'),
          heldBack: Type.Integer({
            minimum: 0,
            description: 'Offsets from there to the high watermark, at most: what read_committed readers could not read'
          })
        },
        { additionalProperties: false }
      ),
      { description: 'Those with records of it' }
    ),
    states: Type.Array(Type.String({ examples: ['Ongoing', 'CompleteCommit'] }), {
      description: 'As its coordinator described it, from the fault on'
    })
  },
  { $id: 'HangingTransaction', additionalProperties: false }
)
export type HangingTransaction = Static<typeof HangingTransactionSchema>
