import { type Static, Type } from 'typebox'
import { BrokerHealthSchema } from './broker-health.ts'
import { count, TimestampSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'
import { QuorumHealthSchema, ZookeeperHealthSchema } from './ensemble-health.ts'
import { GroupHealthSchema } from './group-health.ts'
import { HealthReasonSchema, HealthScoreSchema, HealthStatusSchema } from './health-status.ts'
import { MaintenanceWindowSchema } from './maintenance.ts'
import { AffectedSchema, PartitionCountsSchema } from './partition-health.ts'
import { TopicHealthSchema } from './topic-health.ts'

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
