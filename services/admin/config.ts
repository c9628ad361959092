import { type Static, Type } from 'typebox'
import { auditProperties } from '#shared/audit/settings.ts'
import { assertBindable, serviceConfigProperties } from '#shared/http/service-config.ts'
import { consumerConfigProperties, consumerSettingsOf } from '#shared/kafka/client-settings.ts'
import { defaultFetch } from '#shared/kafka/consuming/port.ts'
import { kafkaConfigProperties } from '#shared/kafka/settings.ts'
import { labelsProperty } from '#shared/prometheus/settings.ts'
import { requestEventProperties } from '#shared/request-events/settings.ts'
import { ownTopicGlobs } from '#shared/reserved-topics.ts'
import { loadSettings } from '#shared/settings/load-settings.ts'
import { deadLetterTopic } from '#shared/streams/dead-letters/dead-letter-writer.ts'
import { deadLetterProperties } from '#shared/streams/dead-letters/settings.ts'
import { zookeeperServersProperty, zookeeperTlsProperties } from '#shared/zookeeper/settings.ts'

const serviceAddress = (service: string) =>
  Type.String({
    default: '',
    pattern: '^(?:https?://[^\\s/?#@]+/?)?$',
    description: `Address of ${service}, whose endpoints this service then offers too, for the console; empty: it does not`
  })

export const AdminConfigSchema = Type.Object({
  ...serviceConfigProperties,
  ...kafkaConfigProperties,
  ...zookeeperTlsProperties,
  KOPS_PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 8081, description: 'Port to listen on' }),
  KOPS_CONSOLE_PORT: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: 0,
    description:
      'A second port to listen on, for the console at the address that people try first; 0: none. If another program has it, the service does without. setup.sh sets 8080 where there is no Kafka UI'
  }),
  KOPS_CONSOLE_DIR: Type.String({
    default: 'web/dist',
    description: 'Directory of the console, as npm run console:build makes it'
  }),
  KOPS_HEALTH_URL: serviceAddress('health-service'),
  KOPS_LOADTEST_URL: serviceAddress('load-test-service'),
  KOPS_UPSTREAM_TOKEN_FILE: Type.String({
    default: '',
    description:
      'File with a token (admin) for KOPS_HEALTH_URL and KOPS_LOADTEST_URL, for callers who need none here: under Compose, users of the machine. setup.sh sets it'
  }),
  KOPS_SESSION_HOURS: Type.Number({
    minimum: 0.1,
    maximum: 168,
    default: 12,
    description:
      'How long a browser stays logged in to the console, at most; a token that expires or is revoked ends it'
  }),
  ...zookeeperServersProperty({
    default: '',
    more: '. While they have no quorum, the service sends brokers no request that would wait for it. Empty for a cluster without ZooKeeper, or if the nodes are unreachable from here'
  }),
  KOPS_DATA_DIR: Type.String({
    default: '.kops/admin',
    description: 'Directory for state that must survive a restart'
  }),
  KOPS_PROTECTED_TOPICS: Type.String({
    default: '',
    description:
      "Comma-separated globs of further topics that no caller may delete or empty. Kafka's own (__*) and those of kops (the audit trail, the probe) are always reserved"
  }),
  KOPS_DELETE_QUIET_MINUTES: Type.Integer({
    minimum: 0,
    maximum: 10_080,
    default: 5,
    description:
      'Deleting a topic that received records within this many minutes needs force=true and a reason; 0: never'
  }),
  KOPS_CREATE_REPLICAS_MAX: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 30_000,
    description:
      'Maximum partition replicas that one request creates, even with force=true; the default is 10,000 partitions, the most that a KRaft controller takes at once, with three replicas'
  }),
  ...requestEventProperties,
  KOPS_EVENTS_GROUP: Type.String({
    default: 'simple-time-service-group',
    aliases: ['KAFKA_CONSUMER_GROUP'],
    description: 'Consumer group of events'
  }),
  KOPS_EVENTS_OFFSET_RESET: Type.Enum(['earliest', 'latest'], {
    default: 'earliest',
    aliases: ['KAFKA_AUTO_OFFSET_RESET'],
    description: 'Where the event consumer starts if its group has no committed offset'
  }),
  ...consumerConfigProperties,
  KOPS_EVENTS_LOOK_INTERVAL_MS: Type.Integer({
    default: 5000,
    minimum: 200,
    description: 'How often the consumer checks whether its topics exist'
  }),
  KOPS_EVENTS_CONCURRENCY: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 16,
    description: 'How many events are handled at the same time; those of one key one after the other'
  }),
  KOPS_EVENTS_ATTEMPTS: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 8,
    description:
      'How often an event is tried if its handler fails with a transient error, before it goes to the dead-letter topic'
  }),
  KOPS_POD_NAME: Type.String({ default: '', description: 'Name of the pod that the service runs in, for GET /' }),
  KOPS_POD_NAMESPACE: Type.String({ default: '', description: 'Namespace of that pod' }),
  KOPS_NODE_NAME: Type.String({ default: '', description: 'Node of that pod' }),
  KOPS_CATALOG_DIR: Type.String({
    default: 'catalog',
    description: 'Directory of the catalogs for this cluster'
  }),
  KOPS_ALERTMANAGER_URL: Type.String({
    default: '',
    description:
      'Alertmanager for maintenance windows, with path, user and password if needed; empty: no maintenance windows'
  }),
  KOPS_ALERTMANAGER_PASSWORD_FILE: Type.String({
    default: '',
    description: 'File with the password of the user in KOPS_ALERTMANAGER_URL, read again for each request'
  }),
  KOPS_CONNECT_URL: Type.String({
    default: '',
    description:
      'A worker of Kafka Connect, with path and user if needed: http://127.0.0.1:8084; empty: no connectors. `./setup.sh --with connect` starts a worker and sets this'
  }),
  KOPS_CONNECT_PASSWORD_FILE: Type.String({
    default: '',
    description: 'File with the password of the user in KOPS_CONNECT_URL, read again for each request'
  }),
  KOPS_CONNECT_INTERVAL_MS: Type.Integer({
    minimum: 200,
    maximum: 600_000,
    default: 10_000,
    description: 'Milliseconds between two readings of the connectors, for the metrics'
  }),
  KOPS_PROMETHEUS_LABELS: labelsProperty('alerts if that Alertmanager serves several clusters'),
  ...auditProperties,
  KOPS_BROWSE_MAX_BYTES: Type.Integer({
    minimum: 65_536,
    maximum: 268_435_456,
    default: 16_777_216,
    description: 'Maximum bytes of records that one page of messages reads'
  }),
  KOPS_BROWSE_MAX_SECONDS: Type.Number({
    minimum: 0.1,
    maximum: 60,
    default: 5,
    description: 'Maximum seconds that one page of messages takes'
  }),
  KOPS_MASKED_FIELDS: Type.String({
    default: '',
    description: 'Comma-separated JSON fields to mask in messages: `*.password,log-events:user.email`'
  }),
  ...deadLetterProperties,
  KOPS_DEAD_LETTER_REPLICATION_FACTOR: Type.Integer({
    minimum: 1,
    maximum: 9,
    default: 3,
    description: 'Replication factor of the topic of decisions on dead letters when the service creates it'
  }),
  KOPS_DEAD_LETTER_REPLAYS_MAX: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 3,
    description: 'How often a dead letter is replayed at most; more needs force=true and a reason'
  }),
  KOPS_TAILS_MAX: Type.Integer({
    minimum: 0,
    maximum: 1000,
    default: 20,
    description: 'Maximum number of concurrent live tails'
  }),
  KOPS_TAIL_MAX_RECORDS_PER_SECOND: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 200,
    description: 'Maximum rate of a live tail; it reports records beyond that as skipped'
  })
})
export type AdminConfig = Static<typeof AdminConfigSchema>

/** Globs that name the topics that kops keeps for itself, as far as this service's settings say. */
export function ownTopics(config: AdminConfig): string[] {
  const { KOPS_AUDIT_TOPIC, KOPS_EVENTS_TOPIC, KOPS_EVENTS_REQUESTS_TOPIC } = config
  const events = [KOPS_EVENTS_TOPIC, KOPS_EVENTS_REQUESTS_TOPIC]
  return [...ownTopicGlobs(KOPS_AUDIT_TOPIC), ...events, ...events.map(deadLetterTopic)]
}

/**
 * What the consumer of events consumes with.
 * @returns with the parameters that have no effect, for the log
 * @throws Error naming setting and parameter
 */
export function eventConsumerSettings(config: AdminConfig) {
  const own = { ...defaultFetch, sessionTimeoutMs: 10_000, heartbeatIntervalMs: 1000 }
  const { settings, warnings } = consumerSettingsOf(config, own, ['minBytes', 'maxWaitMs', 'offsetReset'])
  const { minBytes, maxWaitMs, offsetReset } = settings
  const reset = config.KOPS_EVENTS_OFFSET_RESET
  if (offsetReset === 'earliest' && reset === 'latest') {
    throw new Error('KOPS_EVENTS_OFFSET_RESET is latest, and auto.offset.reset of KOPS_CONSUMER_CONFIG is earliest')
  }
  return { fetch: { minBytes, maxWaitMs }, fromBeginning: (offsetReset ?? reset) === 'earliest', warnings }
}

/** @throws Error naming the setting that is not valid */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): AdminConfig {
  const config = loadSettings(AdminConfigSchema, env, 'admin-service')
  assertBindable(config)
  return config
}
