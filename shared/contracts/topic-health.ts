import { type Static, Type } from 'typebox'
import { count, TimestampSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'
import { HealthScoreSchema } from './health-status.ts'
import { unconfirmedPartitions } from './partition-health.ts'

export const TopicHealthSchema = Type.Object(
  {
    name: Type.String({ examples: ['log-events'] }),
    partitions: count,
    underReplicated: count,
    underMinIsr: Type.Union([count, Type.Null()], { description: 'null when min.insync.replicas could not be read' }),
    offline: count,
    unconfirmed: unconfirmedPartitions,
    atMinIsr: Type.Union([count, Type.Null()], {
      description: 'Partitions with exactly min.insync.replicas in sync: losing one more replica blocks writes'
    }),
    notPreferredLeader: Type.Integer({
      minimum: 0,
      description: 'Partitions whose leader is not the preferred replica'
    }),
    sizeBytes: Type.Union([count, Type.Null()], {
      description: 'Bytes of all replicas; null unless all brokers have reported'
    }),
    healthy: Type.Boolean(),
    score: HealthScoreSchema
  },
  { $id: 'TopicHealth', additionalProperties: false }
)
export type TopicHealth = Static<typeof TopicHealthSchema>

/** Query of `GET /api/health/topics`. */
export const TopicHealthListQuerySchema = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 249, description: 'Only topics whose name contains this' })),
    trouble: Type.Optional(
      Type.Enum(['any', 'offline', 'under_min_isr', 'under_replicated'], {
        description: 'Only topics with partitions in this trouble'
      })
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 1000 })),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: 'nextCursor of the previous page' }))
  },
  { additionalProperties: false }
)
export type TopicHealthListQuery = Static<typeof TopicHealthListQuerySchema>

export const TopicHealthListSchema = Type.Object(
  {
    topics: Type.Array(TopicHealthSchema, { description: 'By name' }),
    nextCursor: Type.Optional(Type.String()),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'TopicHealthList', additionalProperties: false }
)
export type TopicHealthList = Static<typeof TopicHealthListSchema>

export const topicHealthEndpoints = {
  topicsHealth: {
    service: 'health',
    method: 'GET',
    path: '/api/health/topics',
    role: 'viewer',
    tag: 'health',
    summary: 'List topics: partitions offline, under min-ISR, under-replicated; score and size',
    description: 'From the last reading, which the request refreshes if it is older than KOPS_MAX_AGE_MS.',
    query: TopicHealthListQuerySchema,
    answers: { 200: TopicHealthListSchema }
  }
} as const satisfies Record<string, Endpoint>
