import { type Static, Type } from 'typebox'
import { count } from './common.ts'

/** Percentiles of a time. */
export const LatencySchema = Type.Object(
  {
    min: Type.Optional(Type.Number({ description: 'Absent from runs of earlier versions, like p999' })),
    p50: Type.Number(),
    p95: Type.Number(),
    p99: Type.Number(),
    p999: Type.Optional(Type.Number()),
    max: Type.Number(),
    mean: Type.Number()
  },
  { additionalProperties: false, description: 'Milliseconds; never beyond min and max' }
)
export type Latency = Static<typeof LatencySchema>

/** A percentile with its certainty. */
export const PercentileSchema = Type.Object(
  {
    of: Type.Enum(['responseTime', 'serviceTime', 'scheduleLag', 'endToEnd', 'delivery', 'commit']),
    percentile: Type.Number({ examples: [99.9] }),
    valueMs: Type.Union([Type.Number(), Type.Null()], {
      description: 'null: it rests on fewer independent samples than it needs'
    }),
    lowMs: Type.Union([Type.Number(), Type.Null()], {
      description: '95 % interval by a moving-block bootstrap over the seconds; null below 30 seconds'
    }),
    highMs: Type.Union([Type.Number(), Type.Null()]),
    effectiveSamples: { ...count, description: 'Independent samples that it rests on' },
    neededSamples: Type.Optional({ ...count, description: 'How many it needs. Absent from runs of earlier versions' })
  },
  { additionalProperties: false }
)
export type Percentile = Static<typeof PercentileSchema>
