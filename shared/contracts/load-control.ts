import { type Static, Type } from 'typebox'
import { count } from './common.ts'

const stalled = Type.Array(count)

/** What a second producer, Kafka's own, made of the cluster during a run. */
export const LoadControlSchema = Type.Object(
  {
    client: Type.Literal('java', { description: 'VerifiableProducer of the Kafka version that the brokers run' }),
    targetPerSecond: Type.Number(),
    acknowledged: count,
    failed: count,
    errors: Type.Array(
      Type.Object({ code: Type.String({ examples: ['TimeoutException'] }), count }, { additionalProperties: false }),
      { description: 'Its exceptions, the most frequent first' }
    ),
    acknowledgedPerSecond: Type.Union([Type.Number(), Type.Null()], {
      description: 'From when its first record was due to its last acknowledgement; null: there is none'
    }),
    delayMs: Type.Union(
      [
        Type.Object({ p50: Type.Number(), p99: Type.Number(), max: Type.Number() }, { additionalProperties: false }),
        Type.Null()
      ],
      { description: 'From when its rate made a record due to its acknowledgement, as far as its timestamps show' }
    ),
    stalledSeconds: Type.Object(
      { java: stalled, kops: stalled },
      {
        additionalProperties: false,
        description:
          'Since the start of the run: seconds in which records were on their way for more than a second, or failed'
      }
    ),
    saw: Type.Enum(['nothing', 'both', 'kops', 'java', 'unknown'], {
      description:
        'Who saw a stall while both wrote. both: at the same time, so it was the cluster; kops: only the load test, so it was its client; unknown: Java never kept up with the rate'
    })
  },
  { additionalProperties: false }
)
export type LoadControl = Static<typeof LoadControlSchema>
