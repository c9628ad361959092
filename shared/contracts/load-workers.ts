import { type Static, Type } from 'typebox'

const count = Type.Integer({ minimum: 0 })
const shares = (description: string) => Type.Array(count, { description })

/** The load workers of a run. */
export const LoadWorkersSchema = Type.Object(
  {
    joined: Type.Array(
      Type.Object(
        {
          id: Type.String({ examples: ['4f1c09aa'] }),
          host: Type.String({ examples: ['loadgen-2'] }),
          shares: shares('Producers that it was given, from 0; also those that it took over'),
          clockOffsetMs: Type.Union([Type.Number(), Type.Null()], {
            description: 'What to add to its clock to get that of load-test-service; null: not measured'
          }),
          clockErrorMs: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
            description: 'By how much the offset may be wrong: half of the shortest round trip'
          })
        },
        { additionalProperties: false }
      )
    ),
    lost: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          host: Type.String(),
          second: Type.Integer({ minimum: 0, description: 'The first second that it did not report' }),
          shares: shares('Producers that it had'),
          secondsWithout: Type.Integer({
            minimum: 0,
            description: 'Until other workers had taken over all of them, or the run ended'
          }),
          unknownRecords: Type.Union([count, Type.Null()], {
            description:
              'Records that it may have written without an answer that is known; null with the closed rate, of which nobody knows how many it has sent'
          })
        },
        { additionalProperties: false }
      ),
      { description: 'Workers that were not heard of any more. A run with one says less than a run without' }
    )
  },
  { additionalProperties: false }
)
export type LoadWorkers = Static<typeof LoadWorkersSchema>
