import { type Static, type TSchema, Type } from 'typebox'
import { MeasuredCapacitySchema } from './capacity-measurement.ts'
import { TimestampSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'

const nullable = <T extends TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description })
const method = Type.String({ description: 'How it is known, in words', examples: ['rates over 120 s'] })
const unknown = nullable(Type.String(), 'Why something here is null; null if everything is known')

/** How much of a capacity a load uses. */
export const CapacityShareSchema = Type.Object(
  {
    share: Type.Number({ minimum: 0, description: 'The higher one of byBytes and byRecords: 0.31 is 31 %' }),
    by: Type.Enum(['bytes', 'records']),
    byBytes: Type.Number({ minimum: 0 }),
    byRecords: Type.Number({ minimum: 0 }),
    meaning: Type.Enum(['found', 'atMost', 'atLeast'], {
      description: 'atMost: the cluster may take more than was measured; atLeast: it takes less'
    })
  },
  { additionalProperties: false }
)
export type CapacityShare = Static<typeof CapacityShareSchema>

/** A capacity beside the present. */
export const CapacityFigureSchema = Type.Object(
  {
    measured: nullable(MeasuredCapacitySchema, 'The last measurement that had an answer'),
    unknown,
    ageSeconds: nullable(Type.Number(), 'Since it was measured'),
    stale: nullable(
      Type.Boolean(),
      'Whether the present configuration differs from that of the measurement; null: not known'
    ),
    differences: Type.Array(
      Type.Object(
        {
          part: Type.String({ examples: ['broker.num.io.threads'] }),
          measured: nullable(Type.String(), 'null: not read'),
          now: nullable(Type.String(), 'null: not read')
        },
        { additionalProperties: false }
      )
    ),
    now: nullable(CapacityShareSchema, 'null: the capacity or the traffic is not known'),
    peakDay: nullable(CapacityShareSchema, 'Of the peaks of the last 24 hours'),
    peakWeek: nullable(CapacityShareSchema, 'Of the peaks of the last 7 days')
  },
  { additionalProperties: false }
)
export type CapacityFigure = Static<typeof CapacityFigureSchema>

const load = {
  bytesPerSecond: Type.Number({ description: 'Compressed, as producers sent it; without replication' }),
  recordsPerSecond: Type.Number()
}
const PeakSchema = Type.Object(
  { ...load, since: { ...TimestampSchema, description: 'The first figure of that time' } },
  { additionalProperties: false, description: 'The highest of each, which may be of different moments' }
)

/** What producers write, from Prometheus. */
export const TrafficSchema = Type.Object(
  {
    now: nullable(
      Type.Object({ ...load, at: TimestampSchema }, { additionalProperties: false }),
      'The last two minutes without a load test; at most an hour old'
    ),
    peakDay: nullable(PeakSchema, 'Last 24 hours'),
    peakWeek: nullable(PeakSchema, 'Last 7 days'),
    leftOutMinutes: Type.Number({ minimum: 0, description: 'In which load tests or drills of kops ran' }),
    unknown,
    method
  },
  { additionalProperties: false }
)
export type Traffic = Static<typeof TrafficSchema>

/** When the disk of a log directory will be full. */
export const DiskForecastSchema = Type.Object(
  {
    broker: Type.String({ examples: ['kafka-1'] }),
    dir: Type.String({ examples: ['/var/lib/kafka/data'] }),
    totalBytes: nullable(Type.Number(), 'Of its volume'),
    usableBytes: nullable(Type.Number(), 'Left on it'),
    growthBytesPerDay: nullable(Type.Number(), 'Negative: it empties'),
    fullAt: nullable(TimestampSchema, 'At that growth'),
    from: nullable(TimestampSchema, 'The first figure that the growth rests on'),
    points: Type.Integer({ minimum: 0, description: 'Figures that it rests on' }),
    unknown
  },
  { additionalProperties: false }
)
export type DiskForecast = Static<typeof DiskForecastSchema>

/** `GET /api/capacity`. */
export const CapacitySchema = Type.Object(
  {
    summary: Type.String({
      examples: ['Now at 31 % of what it takes; with one broker down 47 %; disks full on 3 March.']
    }),
    allBrokers: CapacityFigureSchema,
    oneBrokerDown: CapacityFigureSchema,
    traffic: TrafficSchema,
    disks: Type.Object(
      {
        dirs: Type.Array(DiskForecastSchema, { description: 'The one that is full first comes first' }),
        unknown,
        method
      },
      { additionalProperties: false }
    ),
    measuring: nullable(Type.String(), 'The measurement that is under way'),
    asOf: TimestampSchema
  },
  { $id: 'Capacity', additionalProperties: false }
)
export type Capacity = Static<typeof CapacitySchema>

export const capacityEndpoints = {
  capacity: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/capacity',
    role: 'viewer',
    tag: 'capacity',
    summary: 'Show how much of its capacity the cluster uses',
    description:
      'Joins what was measured with the traffic and the disks of today. Each figure has its method and its age, and what is not known has a reason.',
    answers: { 200: CapacitySchema }
  }
} as const satisfies Record<string, Endpoint>
