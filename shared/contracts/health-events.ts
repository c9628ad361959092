import { type Static, Type } from 'typebox'
import { TimestampSchema } from './common.ts'
import { HealthStatusSchema, ScoreReasonSchema } from './health-status.ts'

// What health-service writes to Kafka: the messages of the smart load balancer's topics, one JSON document a record.
// The key of a record is its instanceId, so that what is said of one thing keeps its order.

/** The topics that are written to, by what they carry. `catalog/smart-load-balancer.yaml` makes them. */
export const healthEventTopics = {
  status: 'health-status',
  alerts: 'alerts',
  scores: 'health-scores',
  metrics: 'metrics-aggregated'
} as const
export type HealthEventTopic = (typeof healthEventTopics)[keyof typeof healthEventTopics]

const origin = {
  timestamp: { ...TimestampSchema, description: 'When the reading began that says so' },
  serviceId: Type.String({
    description:
      'What kind of thing it is: kafka-cluster, kafka (a broker), zookeeper, kafka-quorum, kafka-topic or consumer-group',
    examples: ['kafka']
  }),
  instanceId: Type.String({
    minLength: 1,
    description: 'Which one: the id of the cluster, or the name of the broker, node, topic or group',
    examples: ['kafka-1']
  })
}

/** `health-status`: on change of a status or its reasons, and on every heartbeat. */
export const HealthStatusMessageSchema = Type.Object(
  {
    ...origin,
    status: HealthStatusSchema,
    responseTime: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Milliseconds that the check took; null when it did not answer or is not timed'
    }),
    checkType: Type.Enum(['CLUSTER', 'KAFKA', 'ZOOKEEPER', 'QUORUM'], {
      description:
        'CLUSTER: judged from everything read; KAFKA: an ApiVersions and a Metadata request; ZOOKEEPER: srvr or mntr; QUORUM: what the leader of the metadata quorum tells'
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

/** `alerts`: when one begins and when it ends; those that last are repeated on every heartbeat. */
export const AlertMessageSchema = Type.Object(
  {
    ...origin,
    alert: Type.String({ examples: ['broker_unreachable', 'KafkaOfflinePartitions'] }),
    state: Type.Enum(['FIRING', 'RESOLVED']),
    severity: Type.String({ examples: ['warning', 'critical'] }),
    summary: Type.String({ examples: ['kafka-1 does not answer'] }),
    startedAt: TimestampSchema,
    endedAt: Type.Union([TimestampSchema, Type.Null()], { description: 'null while it is firing' }),
    source: Type.Enum(['health', 'alertmanager'], {
      description: "health: a reason of the cluster's status; alertmanager: a rule of Prometheus"
    }),
    labels: Type.Record(Type.String(), Type.String())
  },
  { $id: 'AlertMessage', additionalProperties: false }
)
export type AlertMessage = Static<typeof AlertMessageSchema>

/** `metrics-aggregated`: of the cluster, its brokers and its groups, on every heartbeat. What could not be read is left out. */
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
