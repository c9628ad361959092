import envSchema from 'env-schema'
import { type Static, Type } from 'typebox'
import { assertBindable, serviceConfigProperties } from '#shared/http/service-config.ts'

export const AdminConfigSchema = Type.Object({
  ...serviceConfigProperties,
  KOPS_PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 8081, description: 'Port to listen on' }),
  KOPS_ZOOKEEPER_SERVERS: Type.String({
    default: '',
    description:
      'ZooKeeper nodes as host:port, separated by commas. While they have no quorum, nothing is sent to a broker that would wait for it; empty for a cluster without ZooKeeper, or when they cannot be reached from here'
  }),
  KOPS_DATA_DIR: Type.String({ default: '.kops/admin', description: 'Folder of what must survive a restart' }),
  KOPS_PROTECTED_TOPICS: Type.String({
    default: '__*,audit-logs,kops-probe*',
    description:
      "Globs, separated by commas, of topics that no caller may delete, nor their records; Kafka's own (__*) are always among them"
  }),
  KOPS_DELETE_QUIET_MINUTES: Type.Integer({
    minimum: 0,
    maximum: 10_080,
    default: 5,
    description:
      'A topic written to within so many minutes is deleted with force=true and a reason only; 0: does not matter'
  }),
  KOPS_EVENTS_TOPIC: Type.String({
    default: 'simple-time-service-events',
    description: 'Topic of events; POST /kafka/publish writes there unless the request names another one'
  }),
  KOPS_EVENTS_REQUESTS_TOPIC: Type.String({
    default: 'simple-time-service-requests',
    description: 'Topic of requests and responses; it is read like the topic of events'
  }),
  KOPS_EVENTS_GROUP: Type.String({ default: 'simple-time-service-group', description: 'Consumer group of events' }),
  KOPS_EVENTS_OFFSET_RESET: Type.Enum(['earliest', 'latest'], {
    default: 'earliest',
    description: 'Where the consumer of events begins when its group has committed nothing'
  }),
  KOPS_EVENTS_LOOK_INTERVAL_MS: Type.Integer({
    default: 5000,
    minimum: 200,
    description: 'How often it is looked whether the topics of events exist'
  }),
  KOPS_CATALOG_DIR: Type.String({
    default: 'catalog',
    description: 'Folder of the catalogs that belong to this cluster'
  }),
  KOPS_ALERTMANAGER_URL: Type.String({
    default: '',
    description:
      'Alertmanager in which maintenance windows are silences; with a path, user and password where it has them; empty: there are none'
  }),
  KOPS_PROMETHEUS_LABELS: Type.String({
    default: '',
    pattern: '^(?:[a-zA-Z_][a-zA-Z0-9_]*=[^,]*(?:,|$))*$',
    description:
      'Labels of the alerts of this cluster, as name=value, separated by commas, where that Alertmanager has those of several clusters; empty for one'
  }),
  KOPS_AUDIT: Type.Enum(['required', 'spool'], {
    default: 'required',
    description: 'When Kafka cannot take audit events: refuse mutations, or keep the events on disk and carry on'
  }),
  KOPS_AUDIT_TOPIC: Type.String({ default: 'audit-logs', description: 'Topic of the audit trail; made when missing' }),
  KOPS_AUDIT_REPLICATION_FACTOR: Type.Integer({
    minimum: 1,
    maximum: 9,
    default: 3,
    description: 'Replicas of the audit trail, if it is made'
  }),
  KOPS_BROWSE_MAX_BYTES: Type.Integer({
    minimum: 65_536,
    maximum: 268_435_456,
    default: 16_777_216,
    description: 'Bytes of records that one page of messages may read'
  }),
  KOPS_BROWSE_MAX_SECONDS: Type.Number({
    minimum: 0.1,
    maximum: 60,
    default: 5,
    description: 'Seconds that one page of messages may take'
  }),
  KOPS_MASKED_FIELDS: Type.String({
    default: '',
    description: 'JSON fields that no message shows, separated by commas: `*.password,log-events:user.email`'
  }),
  KOPS_TAILS_MAX: Type.Integer({ minimum: 0, maximum: 1000, default: 20, description: 'Live tails open at a time' }),
  KOPS_TAIL_MAX_RECORDS_PER_SECOND: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 200,
    description: 'Records that a live tail sends at most; what comes faster is reported as skipped'
  })
})
export type AdminConfig = Static<typeof AdminConfigSchema>

/** Globs that name the topics that kops keeps for itself, as far as this service's settings say. */
export function ownTopics(config: AdminConfig): string[] {
  const { KOPS_AUDIT_TOPIC, KOPS_EVENTS_TOPIC, KOPS_EVENTS_REQUESTS_TOPIC } = config
  return ['kops-probe*', 'kops-drill-*', KOPS_AUDIT_TOPIC, KOPS_EVENTS_TOPIC, KOPS_EVENTS_REQUESTS_TOPIC]
}

/** @throws Error naming the setting that is not valid */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): AdminConfig {
  const config = envSchema<AdminConfig>({ schema: AdminConfigSchema, data: env, env: false, dotenv: false })
  assertBindable(config)
  return config
}
