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

/** When one part of the reading was last read, and whether that succeeded. */
export const ReadingPartSchema = Type.Object(
  {
    part: Type.String({ examples: ['logDirs'] }),
    asOf: TimestampSchema,
    durationMs: Type.Number(),
    ok: Type.Boolean({ description: 'It returned data; warnings name what is missing' })
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
      description: 'Brokers that claim to be the active controller, by JMX; null unless every reachable broker reported'
    }),
    leaderSkew: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Leaders on the broker with the most, divided by the mean; 1 is even'
    }),
    partitions: Type.Union([PartitionCountsSchema, Type.Null()]),
    affected: Type.Union([AffectedSchema, Type.Null()], {
      description: 'Topics with partitions in trouble; null if no broker answers'
    }),
    topics: Type.Array(TopicHealthSchema),
    groups: Type.Array(GroupHealthSchema, { description: 'Worst first, as `GET /api/health/groups?sort=worst`' }),
    maintenance: Type.Union([Type.Array(MaintenanceWindowSchema), Type.Null()], {
      description:
        'Active maintenance windows: Alertmanager notifies nobody of matching alerts; the status is unaffected. null: Alertmanager is not configured, or does not answer'
    }),
    asOf: TimestampSchema,
    durationMs: Type.Number({
      description: 'Duration of the last reading, whether of everything or of brokers and metadata'
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
    summary: 'Show the health of the whole cluster',
    description: 'Answers 200 within 2 s whatever the health; the body has the status.',
    answers: { 200: ClusterHealthSchema }
  },
  healthStatus: {
    service: 'health',
    method: 'GET',
    path: '/api/health/status',
    role: 'viewer',
    tag: 'health',
    summary: 'Show the status: HEALTHY, DEGRADED or DOWN, and why',
    answers: { 200: ClusterStatusSummarySchema }
  }
} as const satisfies Record<string, Endpoint>
