import { type Static, Type } from 'typebox'
import { kind, kinds } from './kinds.ts'

const perSecond = Type.Number({ exclusiveMinimum: 0, maximum: 10_000_000, description: 'Records per second' })
export const seconds = (description: string) => Type.Number({ exclusiveMinimum: 0, maximum: 86_400, description })

const arrivals = Type.Optional(
  Type.Enum(['even', 'poisson'], {
    description: 'even (default): equal pauses; poisson: independent senders, whose records bunch at random'
  })
)

/** Trials at constant rates, until the highest sustainable one is known. */
export const SearchRateSchema = kind('search', {
  startPerSecond: Type.Optional({ ...perSecond, description: 'Rate of the first trial; default 1,000' }),
  maxPerSecond: Type.Optional({
    ...perSecond,
    description: 'Highest rate to try; default: what the service allows'
  }),
  trialSeconds: Type.Optional(
    Type.Integer({
      minimum: 3,
      maximum: 600,
      description: 'Length of a trial; default 5. A client quota of Kafka shows after 11 s at the earliest'
    })
  ),
  precision: Type.Optional(
    Type.Number({
      minimum: 0.01,
      maximum: 0.5,
      description: 'How far apart the highest rate that passes and the lowest that fails may be; default 0.05 (5 %)'
    })
  ),
  objective: Type.Optional(
    Type.Object(
      {
        maxP99Ms: Type.Optional(
          Type.Number({
            exclusiveMinimum: 0,
            maximum: 60_000,
            description: 'Highest 99th percentile of the response time of a trial that passes; default 100'
          })
        )
      },
      { additionalProperties: false }
    )
  ),
  soakSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 86_400,
      description: 'Length of the trial at 90 % of the rate that was found; default 60, 0: none'
    })
  ),
  arrivals
})

/**
 * When records are due. With every kind but `closed` that does not depend on how fast the cluster answers. A `search` has no times of
 * its own: it is a sequence of trials, each at a constant rate.
 */
export const RateSchema = kinds(
  [
    kind('closed', {}),
    kind('constant', { perSecond, arrivals }),
    kind('ramp', { from: perSecond, to: perSecond, overSeconds: seconds('Then the rate stays at `to`'), arrivals }),
    kind('steps', {
      from: perSecond,
      to: perSecond,
      by: perSecond,
      everySeconds: seconds('Length of a step'),
      arrivals
    }),
    kind('spike', {
      base: perSecond,
      peak: perSecond,
      afterSeconds: seconds('When the spike begins'),
      forSeconds: seconds('How long it lasts'),
      arrivals
    }),
    kind('stages', {
      stages: Type.Array(Type.Object({ seconds: seconds('Length'), perSecond }, { additionalProperties: false }), {
        minItems: 1,
        maxItems: 1000,
        description: 'One after the other; the last one stays'
      }),
      arrivals
    }),
    SearchRateSchema
  ],
  {
    description:
      'closed (default): as fast as the cluster acknowledges; all others are open: a record is due at its time, whether or not earlier ones were answered. search: trials at constant rates, until the highest sustainable one is known',
    examples: [{ kind: 'constant', perSecond: 10_000 }]
  }
)
export type Rate = Static<typeof RateSchema>
