import { type Static, Type } from 'typebox'
import { TimestampSchema, UnknownReasonSchema, WarningSchema } from './common.ts'

const count = Type.Integer({ minimum: 0 })

export const HealthStatusSchema = Type.Enum(['HEALTHY', 'DEGRADED', 'DOWN'], {
  description:
    'HEALTHY: all is well; DEGRADED: it works, with less redundancy or with parts unread; DOWN: data is unavailable'
})
export type HealthStatus = Static<typeof HealthStatusSchema>

/** One cause of a status that is not HEALTHY. */
export const HealthReasonSchema = Type.Object(
  {
    code: Type.Enum([
      'broker_unreachable',
      'no_broker_reachable',
      'no_controller',
      'broker_views_disagree',
      'zookeeper_unreachable',
      'zookeeper_no_quorum',
      'partitions_offline',
      'partitions_under_min_isr',
      'partitions_under_replicated',
      'reading_incomplete',
      'reading_stale'
    ]),
    message: Type.String({ examples: ['kafka-1 does not answer'] }),
    severity: Type.Enum(['degraded', 'down'])
  },
  { $id: 'HealthReason', additionalProperties: false }
)
export type HealthReason = Static<typeof HealthReasonSchema>

export const BrokerHealthSchema = Type.Object(
  {
    id: Type.Union([Type.Integer(), Type.Null()], { description: 'null until the broker has answered once' }),
    name: Type.String({ examples: ['kafka-1'] }),
    host: Type.String({ examples: ['127.0.0.1'] }),
    port: Type.Integer(),
    rack: Type.Union([Type.String({ examples: ['rack-a'] }), Type.Null()]),
    reachable: Type.Boolean({ description: 'It answered an ApiVersions and a Metadata request within the deadline' }),
    controller: Type.Boolean(),
    responseTimeMs: Type.Union([Type.Number(), Type.Null()])
  },
  { $id: 'BrokerHealth', additionalProperties: false }
)
export type BrokerHealth = Static<typeof BrokerHealthSchema>

export const ZookeeperHealthSchema = Type.Object(
  {
    name: Type.String({ examples: ['zookeeper-1'] }),
    host: Type.String({ examples: ['127.0.0.1'] }),
    port: Type.Integer(),
    mode: Type.Union([Type.Enum(['leader', 'follower', 'standalone', 'observer']), Type.Null()], {
      description: 'null when it is unreachable or serves no quorum'
    }),
    reachable: Type.Boolean()
  },
  { $id: 'ZookeeperHealth', additionalProperties: false }
)
export type ZookeeperHealth = Static<typeof ZookeeperHealthSchema>

export const TopicHealthSchema = Type.Object(
  {
    name: Type.String({ examples: ['log-events'] }),
    partitions: count,
    underReplicated: count,
    underMinIsr: Type.Union([count, Type.Null()], { description: 'null when min.insync.replicas could not be read' }),
    offline: count,
    healthy: Type.Boolean()
  },
  { $id: 'TopicHealth', additionalProperties: false }
)
export type TopicHealth = Static<typeof TopicHealthSchema>

export const GroupHealthSchema = Type.Object(
  {
    group: Type.String({ examples: ['log-indexer'] }),
    state: Type.String({ examples: ['Stable', 'Empty'] }),
    members: Type.Union([count, Type.Null()]),
    lag: Type.Union([count, Type.Null()], {
      description: 'Records between committed and end offsets, summed over the partitions that could be read'
    }),
    lagReason: Type.Optional(UnknownReasonSchema)
  },
  { $id: 'GroupHealth', additionalProperties: false }
)
export type GroupHealth = Static<typeof GroupHealthSchema>

export const PartitionCountsSchema = Type.Object(
  {
    total: count,
    underReplicated: count,
    underMinIsr: Type.Union([count, Type.Null()]),
    offline: count
  },
  { additionalProperties: false }
)
export type PartitionCounts = Static<typeof PartitionCountsSchema>

/** `GET /api/health`: the last reading of the whole cluster. */
export const ClusterHealthSchema = Type.Object(
  {
    status: HealthStatusSchema,
    reasons: Type.Array(HealthReasonSchema),
    clusterId: Type.Union([Type.String({ examples: ['MkU3OEVBNTcwNTJENDM2Qg'] }), Type.Null()]),
    brokers: Type.Array(BrokerHealthSchema),
    zookeepers: Type.Array(ZookeeperHealthSchema),
    partitions: Type.Union([PartitionCountsSchema, Type.Null()]),
    topics: Type.Array(TopicHealthSchema),
    groups: Type.Array(GroupHealthSchema),
    asOf: TimestampSchema,
    durationMs: Type.Number({ description: 'How long the reading took' }),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'ClusterHealth', additionalProperties: false }
)
export type ClusterHealth = Static<typeof ClusterHealthSchema>

/** `GET /api/health/status`. */
export const ClusterStatusSummarySchema = Type.Object(
  { status: HealthStatusSchema, reasons: Type.Array(HealthReasonSchema), asOf: TimestampSchema },
  { $id: 'ClusterStatusSummary', additionalProperties: false }
)
export type ClusterStatusSummary = Static<typeof ClusterStatusSummarySchema>
