import { type Static, Type } from 'typebox'
import { TimestampSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'

/** Maximum number of points in an answer. */
export const mostHistoryPoints = 1000

export const HistoryMetricSchema = Type.Enum(
  [
    'status',
    'score',
    'brokers_healthy',
    'broker_up',
    'broker_handler_idle',
    'broker_request_queue',
    'zookeepers_healthy',
    'under_replicated_partitions',
    'under_min_isr_partitions',
    'offline_partitions',
    'group_lag',
    'group_lag_seconds',
    'topic_score',
    'topic_size',
    'probe_latency',
    'probe_lost'
  ],
  {
    description:
      'Metric: status is 1 for the status at that time; group_* need `group`, topic_* need `topic`; broker_* and probe_* cover every broker, or only `broker`; probe_latency is the 99th percentile',
    examples: ['score']
  }
)
export type HistoryMetric = Static<typeof HistoryMetricSchema>

const label = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 1000, description }))

export const HistoryQuerySchema = Type.Object(
  {
    metric: HistoryMetricSchema,
    from: Type.Optional({ ...TimestampSchema, description: 'Defaults to an hour before `to`' }),
    to: Type.Optional({ ...TimestampSchema, description: 'Now when left out' }),
    step: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 604_800,
        description: `Seconds between two points; defaults to about 240 points, at least 15 s apart. An answer has at most ${mostHistoryPoints} points`,
        examples: [60]
      })
    ),
    group: label('A consumer group'),
    topic: label('A topic'),
    broker: label('A broker, by name: kafka-1')
  },
  {
    additionalProperties: false,
    // Which parameters a metric takes.
    examples: [
      {
        metric: 'broker_up',
        broker: 'kafka-1',
        from: '2026-01-31T12:00:00Z',
        to: '2026-01-31T13:00:00Z',
        step: 60
      }
    ]
  }
)
export type HistoryQuery = Static<typeof HistoryQuerySchema>

export const HistorySchema = Type.Object(
  {
    metric: HistoryMetricSchema,
    unit: Type.Enum([
      'boolean',
      'points',
      'brokers',
      'nodes',
      'partitions',
      'records',
      'seconds',
      'bytes',
      'ratio',
      'requests',
      'recordsPerSecond'
    ]),
    from: TimestampSchema,
    to: TimestampSchema,
    stepSeconds: Type.Integer({ minimum: 1 }),
    times: Type.Array(TimestampSchema, { maxItems: mostHistoryPoints }),
    series: Type.Array(
      Type.Object(
        {
          labels: Type.Record(Type.String(), Type.String(), { examples: [{ broker: 'kafka-1' }] }),
          values: Type.Array(Type.Union([Type.Number(), Type.Null()]), {
            description: 'One for each of `times`; null where there is no measurement'
          })
        },
        { additionalProperties: false }
      ),
      { description: 'Empty if nothing was recorded in that time' }
    ),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'History', additionalProperties: false }
)
export type History = Static<typeof HistorySchema>

export const healthHistoryEndpoints = {
  healthHistory: {
    service: 'health',
    method: 'GET',
    path: '/api/health/history',
    role: 'viewer',
    tag: 'health',
    summary: 'Show one health metric over time, from Prometheus',
    description:
      'Answers within 5 s, with 503 if Prometheus does not, or 409 if none is configured (KOPS_PROMETHEUS_URL).',
    query: HistoryQuerySchema,
    answers: { 200: HistorySchema }
  }
} as const satisfies Record<string, Endpoint>
