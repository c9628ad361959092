import { type Static, Type } from 'typebox'
import { TimestampSchema } from './common.ts'
import { HealthStatusSchema, ScoreReasonSchema } from './health-status.ts'

// The messages that health-service writes to the smart load balancer's topics, one JSON document per record. The key of
// a record is its instanceId, so that the events of one instance keep their order.

/** The topics by their content. `catalog/smart-load-balancer.yaml` creates them. */
export const healthEventTopics = {
  status: 'health-status',
  alerts: 'alerts',
  scores: 'health-scores',
  metrics: 'metrics-aggregated'
} as const
export type HealthEventTopic = (typeof healthEventTopics)[keyof typeof healthEventTopics]

const origin = {
  timestamp: { ...TimestampSchema, description: 'When the underlying reading began' },
  serviceId: Type.String({
    description:
      'Kind of instance: kafka-cluster, kafka (a broker), zookeeper, kafka-quorum, kafka-topic or consumer-group',
    examples: ['kafka']
  }),
  instanceId: Type.String({
    minLength: 1,
    description: 'Id of the cluster, or name of the broker, node, topic or group',
    examples: ['kafka-1']
  })
}

/** `health-status`: on change of a status or its reasons, and on every heartbeat. */
export const HealthStatusMessageSchema = Type.Object(
  {
    ...origin,
    status: HealthStatusSchema,
    responseTime: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Duration of the check in milliseconds; null if there was no answer, or the check is not timed'
    }),
    checkType: Type.Enum(['CLUSTER', 'KAFKA', 'ZOOKEEPER', 'QUORUM'], {
      description:
        'CLUSTER: judged from the whole reading; KAFKA: an ApiVersions and a Metadata request; ZOOKEEPER: srvr or mntr; QUORUM: as reported by the leader of the metadata quorum'
    }),
    details: Type.Record(Type.String(), Type.Unknown())
  },
  { $id: 'HealthStatusMessage', additionalProperties: false }
)
export type HealthStatusMessage = Static<typeof HealthStatusMessageSchema>

/** `health-scores`: of the cluster and of each topic, on change and on every heartbeat. */
export const HealthScoreMessageSchema = Type.Object(
  {
    ...origin,
    score: Type.Integer({ minimum: 0, maximum: 100 }),
    reasons: Type.Array(ScoreReasonSchema)
  },
  { $id: 'HealthScoreMessage', additionalProperties: false }
)
export type HealthScoreMessage = Static<typeof HealthScoreMessageSchema>

/** `alerts`: when an alert starts and ends; firing alerts are repeated on every heartbeat. */
export const AlertMessageSchema = Type.Object(
  {
    ...origin,
    alert: Type.String({ examples: ['broker_unreachable', 'KafkaOfflinePartitions'] }),
    state: Type.Enum(['FIRING', 'RESOLVED']),
    severity: Type.String({ examples: ['warning', 'critical'] }),
    summary: Type.String({ examples: ['kafka-1 does not answer'] }),
    startedAt: TimestampSchema,
    endedAt: Type.Union([TimestampSchema, Type.Null()], { description: 'null while it is firing' }),
    source: Type.Enum(['health', 'alertmanager', 'drill', 'load-balancer'], {
      description:
        "health: a reason of the cluster's status; alertmanager: a rule of Prometheus; drill: a drill of load-test-service is under way; load-balancer: a service that `kops lb route` watches"
    }),
    labels: Type.Record(Type.String(), Type.String())
  },
  { $id: 'AlertMessage', additionalProperties: false }
)
export type AlertMessage = Static<typeof AlertMessageSchema>

/**
 * `metrics-aggregated`: of the cluster, its brokers and its groups, on every heartbeat. Values that could not be read
 * are left out.
 */
export const ServiceMetricsMessageSchema = Type.Object(
  {
    ...origin,
    metrics: Type.Record(Type.String(), Type.Number(), { examples: [{ leaders: 42, requestQueueSize: 0 }] }),
    tags: Type.Record(Type.String(), Type.String(), { examples: [{ clusterId: 'MkU3OEVBNTcwNTJENDM2Qg' }] })
  },
  { $id: 'ServiceMetricsMessage', additionalProperties: false }
)
export type ServiceMetricsMessage = Static<typeof ServiceMetricsMessageSchema>

/** What each topic carries. */
export const healthEventSchemas = {
  'health-status': HealthStatusMessageSchema,
  alerts: AlertMessageSchema,
  'health-scores': HealthScoreMessageSchema,
  'metrics-aggregated': ServiceMetricsMessageSchema
} as const satisfies Record<HealthEventTopic, unknown>
