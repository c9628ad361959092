import { type Static, Type } from 'typebox'
import { TimestampSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'
import { GroupHealthSchema } from './group-health.ts'
import { MaintenanceWindowSchema } from './maintenance.ts'

const count = Type.Integer({ minimum: 0 })
const unconfirmedPartitions = Type.Integer({
  minimum: 0,
  description:
    'Partitions with a leader that count a replica as in sync on a broker that does not answer: it is not confirmed, and the ' +
    'controller has not noticed yet or cannot'
})

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
      'quorum_unavailable',
      'log_dir_offline',
      'partitions_offline',
      'partitions_under_min_isr',
      'partitions_under_replicated',
      'partitions_unconfirmed',
      'groups_stopped',
      'reading_incomplete',
      'reading_stale'
    ]),
    message: Type.String({ examples: ['kafka-1 does not answer'] }),
    severity: Type.Enum(['degraded', 'down']),
    since: {
      ...TimestampSchema,
      description: 'The first of the readings in a row that have it; none is older than the start of this service'
    },
    runbook: Type.String({ description: 'Name of its runbook', examples: ['kafka-brokers-unhealthy'] }),
    command: Type.String({ description: 'What to run next', examples: ['kops cluster logs kafka-1'] })
  },
  { $id: 'HealthReason', additionalProperties: false }
)
export type HealthReason = Static<typeof HealthReasonSchema>

/** What was taken off a health score of 100, and why. */
export const ScoreReasonSchema = Type.Object(
  {
    code: Type.String({ examples: ['partitions_under_replicated'] }),
    message: Type.String({ examples: ['12 of 120 partitions have fewer in-sync replicas than replicas'] }),
    weight: Type.Number({ description: 'Points taken off', examples: [6.5] })
  },
  { additionalProperties: false }
)
export type ScoreReason = Static<typeof ScoreReasonSchema>

/** 100: nothing is wrong; the points that each reason took off add up, down to 0. */
export const HealthScoreSchema = Type.Object(
  { score: Type.Integer({ minimum: 0, maximum: 100 }), reasons: Type.Array(ScoreReasonSchema) },
  { additionalProperties: false }
)
export type HealthScore = Static<typeof HealthScoreSchema>

export const LogDirHealthSchema = Type.Object(
  {
    dir: Type.String({ examples: ['/var/lib/kafka/data'] }),
    online: Type.Boolean(),
    sizeBytes: count,
    totalBytes: Type.Union([count, Type.Null()], { description: 'Of its volume' }),
    usableBytes: Type.Union([count, Type.Null()])
  },
  { $id: 'LogDirHealth', additionalProperties: false }
)
export type LogDirHealth = Static<typeof LogDirHealthSchema>

export const BrokerHealthSchema = Type.Object(
  {
    id: Type.Union([Type.Integer(), Type.Null()], { description: 'null until the broker has answered once' }),
    name: Type.String({ examples: ['kafka-1'] }),
    host: Type.String({ examples: ['127.0.0.1'] }),
    port: Type.Integer(),
    rack: Type.Union([Type.String({ examples: ['rack-a'] }), Type.Null()]),
    reachable: Type.Boolean({ description: 'It answered an ApiVersions and a Metadata request within the deadline' }),
    controller: Type.Boolean(),
    responseTimeMs: Type.Union([Type.Number(), Type.Null()]),
    startedAt: Type.Union([TimestampSchema, Type.Null()], {
      description: 'When its process started, from its JMX exporter; a rise of its broker epoch is the same event'
    }),
    uptimeSeconds: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    leaders: Type.Union([count, Type.Null()], { description: 'Partitions that it leads' }),
    partitions: Type.Union([count, Type.Null()], { description: 'Replicas assigned to it' }),
    requestQueueSize: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Requests that wait for a handler thread'
    }),
    handlerIdleRatio: Type.Union([Type.Number(), Type.Null()], {
      description: 'Share of time in which request handler threads were idle, over the last minute'
    }),
    logDirs: Type.Union([Type.Array(LogDirHealthSchema), Type.Null()], { description: 'null when they are not known' })
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
    reachable: Type.Boolean(),
    outstandingRequests: Type.Union([count, Type.Null()]),
    latencyMs: Type.Union(
      [
        Type.Object({ min: Type.Number(), avg: Type.Number(), max: Type.Number() }, { additionalProperties: false }),
        Type.Null()
      ],
      { description: 'How long requests took since the node started' }
    ),
    connections: Type.Union([count, Type.Null()]),
    zxid: Type.Union([Type.String(), Type.Null()], { examples: ['0x100000a3f'] }),
    nodeCount: Type.Union([count, Type.Null()]),
    version: Type.Union([Type.String(), Type.Null()], { examples: ['3.8.4'] })
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
    unconfirmed: unconfirmedPartitions,
    atMinIsr: Type.Union([count, Type.Null()], {
      description: 'Partitions with exactly min.insync.replicas in sync: one more replica lost and writes are refused'
    }),
    notPreferredLeader: Type.Integer({ minimum: 0, description: 'Partitions led by another than their first replica' }),
    sizeBytes: Type.Union([count, Type.Null()], { description: 'All replicas; null unless all brokers told' }),
    healthy: Type.Boolean(),
    score: HealthScoreSchema
  },
  { $id: 'TopicHealth', additionalProperties: false }
)
export type TopicHealth = Static<typeof TopicHealthSchema>

export const PartitionCountsSchema = Type.Object(
  {
    total: count,
    underReplicated: count,
    underMinIsr: Type.Union([count, Type.Null()]),
    offline: count,
    unconfirmed: unconfirmedPartitions,
    atMinIsr: Type.Union([count, Type.Null()]),
    notPreferredLeader: count
  },
  { additionalProperties: false }
)
export type PartitionCounts = Static<typeof PartitionCountsSchema>

export const PartitionTroubleSchema = Type.Enum(['offline', 'under_min_isr', 'under_replicated', 'unconfirmed'], {
  description:
    'The worst of it. offline: no leader; under_min_isr: refuses writes with acks=all; under_replicated: fewer in-sync ' +
    'replicas than replicas; unconfirmed: a replica counts as in sync on a broker that does not answer'
})
export type PartitionTrouble = Static<typeof PartitionTroubleSchema>

/** The partitions of one topic that are in the same trouble. */
export const AffectedTopicSchema = Type.Object(
  {
    topic: Type.String({ examples: ['log-events'] }),
    trouble: PartitionTroubleSchema,
    count,
    partitions: Type.Array(
      Type.Object(
        {
          partition: count,
          leader: Type.Union([Type.Integer(), Type.Null()], { description: 'Broker id; null: none' }),
          replicas: Type.Array(Type.Integer(), { description: 'Broker ids, the preferred leader first' }),
          isr: Type.Array(Type.Integer())
        },
        { additionalProperties: false }
      ),
      { description: 'The first 20 of them' }
    ),
    missing: Type.Array(Type.String({ examples: ['kafka-2'] }), {
      description: 'Brokers that should have a replica in sync: they do not answer, or are out of an ISR'
    })
  },
  { $id: 'AffectedTopic', additionalProperties: false }
)
export type AffectedTopic = Static<typeof AffectedTopicSchema>

export const AffectedSchema = Type.Object(
  {
    topics: Type.Array(AffectedTopicSchema, {
      description: 'The worst 20: those without leaders first, then those with the most partitions in trouble'
    }),
    omitted: Type.Integer({ minimum: 0, description: 'How many more there are' })
  },
  { additionalProperties: false }
)
export type Affected = Static<typeof AffectedSchema>

/** One member of the metadata quorum of a KRaft cluster. */
export const QuorumNodeSchema = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String({ examples: ['kafka-1'] }),
    leader: Type.Boolean(),
    lag: Type.Union([count, Type.Null()], { description: 'Records of the metadata log that it lacks' }),
    caughtUpAt: Type.Union([TimestampSchema, Type.Null()], { description: 'When it last had all of the log' })
  },
  { additionalProperties: false }
)
export type QuorumNode = Static<typeof QuorumNodeSchema>

/** The metadata quorum of a KRaft cluster. */
export const QuorumHealthSchema = Type.Object(
  {
    leaderId: Type.Integer(),
    leaderEpoch: count,
    highWatermark: Type.Union([count, Type.Null()]),
    voters: Type.Array(QuorumNodeSchema),
    observers: Type.Array(QuorumNodeSchema)
  },
  { $id: 'QuorumHealth', additionalProperties: false }
)
export type QuorumHealth = Static<typeof QuorumHealthSchema>

/** When one part of the reading was last read, and how that went. */
export const ReadingPartSchema = Type.Object(
  {
    part: Type.String({ examples: ['logDirs'] }),
    asOf: TimestampSchema,
    durationMs: Type.Number(),
    ok: Type.Boolean({ description: 'It brought something; what is missing from it is in warnings' })
  },
  { $id: 'ReadingPart', additionalProperties: false }
)
export type ReadingPart = Static<typeof ReadingPartSchema>

/** `GET /api/health`: the last reading of the whole cluster. */
export const ClusterHealthSchema = Type.Object(
  {
    status: HealthStatusSchema,
    reasons: Type.Array(HealthReasonSchema),
    score: HealthScoreSchema,
    clusterId: Type.Union([Type.String({ examples: ['MkU3OEVBNTcwNTJENDM2Qg'] }), Type.Null()]),
    brokers: Type.Array(BrokerHealthSchema),
    zookeepers: Type.Array(ZookeeperHealthSchema),
    quorum: Type.Union([QuorumHealthSchema, Type.Null()], { description: 'null for a cluster with ZooKeeper' }),
    controllers: Type.Union([count, Type.Null()], {
      description: 'Brokers that claim to be the active controller, by JMX; null unless every reachable broker told'
    }),
    leaderSkew: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Most leaders on one broker by the mean of all: 1 is even'
    }),
    partitions: Type.Union([PartitionCountsSchema, Type.Null()]),
    affected: Type.Union([AffectedSchema, Type.Null()], {
      description: 'Where partitions are in trouble; null when no broker answers'
    }),
    topics: Type.Array(TopicHealthSchema),
    groups: Type.Array(GroupHealthSchema, { description: 'The worst first, as `GET /api/health/groups?sort=worst`' }),
    maintenance: Type.Union([Type.Array(MaintenanceWindowSchema), Type.Null()], {
      description:
        'Maintenance windows that go on: nobody is notified of what they match, and the status is what it is. null: Alertmanager is not configured, or does not answer'
    }),
    asOf: TimestampSchema,
    durationMs: Type.Number({
      description: 'How long the last reading took: of everything, or of brokers and metadata'
    }),
    parts: Type.Array(ReadingPartSchema),
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

export const healthEndpoints = {
  health: {
    service: 'health',
    method: 'GET',
    path: '/api/health',
    role: 'viewer',
    tag: 'health',
    summary: 'The health of the whole cluster',
    description: 'Answers 200 whatever the health is, within 2 s: the status is in the body.',
    answers: { 200: ClusterHealthSchema }
  },
  healthStatus: {
    service: 'health',
    method: 'GET',
    path: '/api/health/status',
    role: 'viewer',
    tag: 'health',
    summary: 'HEALTHY, DEGRADED or DOWN, and why',
    answers: { 200: ClusterStatusSummarySchema }
  }
} as const satisfies Record<string, Endpoint>
