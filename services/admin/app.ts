import { hostname, type } from 'node:os'
import { join } from 'node:path'
import { createAlertmanager } from '#shared/alertmanager/http-client.ts'
import type { Alertmanager } from '#shared/alertmanager/port.ts'
import type { AuditTrail } from '#shared/audit/audit-trail.ts'
import { createConnect } from '#shared/connect/http-client.ts'
import type { Connect } from '#shared/connect/port.ts'
import { type App, createApp } from '#shared/http/create-app.ts'
import { secondPortPlugin } from '#shared/http/second-port.ts'
import { labelsOf, listOf } from '#shared/http/service-config.ts'
import { createSessions } from '#shared/http/session/sessions.ts'
import { createAclAdmin } from '#shared/kafka/acls/acl-admin.ts'
import type { EventProducer } from '#shared/kafka/app-events/port.ts'
import { createEventProducer } from '#shared/kafka/app-events/producer.ts'
import { createBrokerAdmin } from '#shared/kafka/brokers/broker-admin.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createWatchedBudget } from '#shared/kafka/cluster/quorum-gate.ts'
import { createPool } from '#shared/kafka/connection/pool.ts'
import { createGroupConsumer } from '#shared/kafka/consuming/group-consumer.ts'
import { createGroupAdmin } from '#shared/kafka/groups/group-admin.ts'
import { createElections } from '#shared/kafka/moves/elections.ts'
import type { Reassignments } from '#shared/kafka/moves/port.ts'
import { createReassignments } from '#shared/kafka/moves/reassignments.ts'
import { createRecordReader } from '#shared/kafka/records/record-reader.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { createTopicRecords } from '#shared/kafka/records/topic-records.ts'
import { parseKafka } from '#shared/kafka/settings.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { createTopicBatches } from '#shared/kafka/topics/topic-batches.ts'
import { createReservedTopics } from '#shared/reserved-topics.ts'
import { parseZookeeperTls } from '#shared/zookeeper/settings.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { alertmanagerPlugin } from './alertmanager-plugin.ts'
import { catalogsPlugin } from './catalogs-plugin.ts'
import { type AdminConfig, eventConsumerSettings, ownTopics } from './config.ts'
import { connectPlugin } from './connect-plugin.ts'
import { consolePlugin } from './console-plugin.ts'
import { deadLettersPlugin } from './dead-letters-plugin.ts'
import type { ChangeTiming } from './domain/timing.ts'
import { eventsPlugin } from './events-plugin.ts'
import { type KafkaPorts, kafkaPlugin } from './kafka-plugin.ts'
import { messageSettings } from './message-settings.ts'
import { proxyPlugin } from './proxy-plugin.ts'
import { createThrottleFile, reassignmentsPlugin } from './reassignments-plugin.ts'
import { registerAudit } from './register-audit.ts'
import { aclRoutes } from './routes/acls.ts'
import { adviceRoutes } from './routes/advice.ts'
import { brokerRoutes } from './routes/brokers.ts'
import { callerRoutes } from './routes/caller.ts'
import { catalogRoutes } from './routes/catalog.ts'
import { connectorRoutes } from './routes/connectors.ts'
import { deadLetterRoutes } from './routes/dead-letters.ts'
import { eventRoutes } from './routes/events.ts'
import { groupRoutes } from './routes/groups.ts'
import { maintenanceRoutes } from './routes/maintenance.ts'
import { messageRoutes } from './routes/messages.ts'
import { reassignmentRoutes } from './routes/reassignments.ts'
import { topicChangeRoutes } from './routes/topic-changes.ts'
import { topicDeletionRoutes } from './routes/topic-deletions.ts'
import { topicRoutes } from './routes/topics.ts'
import { topicsPlugin } from './topics-plugin.ts'

/** Parts that tests replace. */
export interface Overrides extends Partial<KafkaPorts> {
  reassignments?: Reassignments
  eventProducer?: EventProducer
  auditTrail?: AuditTrail
  alertmanager?: Alertmanager
  connect?: Connect
  timing?: Partial<ChangeTiming>
}

/** Builds admin-service. It does not listen yet; closing it closes its Kafka clients. */
export async function buildApp(config: AdminConfig, overrides: Overrides = {}): Promise<App> {
  const servers = { ...parseKafka(config), clientId: 'kops-admin' }
  const budget = createWatchedBudget({
    ...servers,
    zookeeperServers: listOf(config.KOPS_ZOOKEEPER_SERVERS),
    zookeeperTls: parseZookeeperTls(config)
  })
  const pool = createPool({ ...servers, budget })
  const kafka = { ...servers, budget, pool }
  const reader = createClusterReader(kafka)
  const groups = createGroupAdmin(kafka)
  const app = await createApp({
    service: 'admin',
    title: 'kops admin-service',
    description:
      'Administers a Kafka cluster: topics and their records, consumer groups, brokers, reassignments, ACLs and catalogs. Every change has a plan (`dryRun=true`) and is audited.',
    dataDir: config.KOPS_DATA_DIR,
    config,
    session: {
      sessions: createSessions({ now: () => new Date(), lifetimeMs: config.KOPS_SESSION_HOURS * 3_600_000 }),
      // Cookies know no ports: two services on one host, each with a console, need two names.
      cookieName: `kops-session-${config.KOPS_PORT}`
    }
  })
  app.addHook('onClose', async () => {
    pool.close()
    await budget.close()
  })
  await app.register(secondPortPlugin, { host: config.KOPS_HOST, port: config.KOPS_CONSOLE_PORT, config })
  await app.register(consolePlugin, { folder: config.KOPS_CONSOLE_DIR })
  // Before the audit trail: the service that carries a change out records it.
  await app.register(proxyPlugin, {
    urls: { health: config.KOPS_HEALTH_URL, loadTest: config.KOPS_LOADTEST_URL },
    tokenFile: config.KOPS_UPSTREAM_TOKEN_FILE || undefined
  })
  await app.register(kafkaPlugin, {
    ports: {
      reader: overrides.reader ?? reader,
      admin: overrides.admin ?? createTopicAdmin(kafka),
      batches: overrides.batches ?? createTopicBatches(kafka),
      acls: overrides.acls ?? createAclAdmin(kafka),
      groups: overrides.groups ?? groups,
      topicGroups: overrides.topicGroups ?? groups,
      brokers: overrides.brokers ?? createBrokerAdmin(kafka),
      elections: overrides.elections ?? createElections(kafka),
      quorum: overrides.quorum ?? reader,
      records: overrides.records ?? createRecordReader(kafka),
      topicRecords: overrides.topicRecords ?? createTopicRecords(kafka),
      writer: overrides.writer ?? createRecordWriter(kafka)
    },
    timing: overrides.timing ?? {}
  })
  const pod = podOf(config)
  const events = { ...kafka, clientId: 'kops-events' }
  const { warnings: withoutEffect, ...consuming } = eventConsumerSettings(config)
  for (const warning of withoutEffect) app.log.warn(warning)
  // Before the routes, whose requests it publishes.
  await app.register(eventsPlugin, {
    config,
    kafka: events,
    group: config.KOPS_EVENTS_GROUP,
    concurrency: config.KOPS_EVENTS_CONCURRENCY,
    mostAttempts: config.KOPS_EVENTS_ATTEMPTS,
    budget,
    producer: overrides.eventProducer ?? createEventProducer(events),
    createConsumer: (options) =>
      createGroupConsumer({
        ...events,
        ...options,
        ...consuming,
        lookEveryMs: config.KOPS_EVENTS_LOOK_INTERVAL_MS
      })
  })
  const reserved = createReservedTopics({
    auditTopic: config.KOPS_AUDIT_TOPIC,
    protectedGlobs: listOf(config.KOPS_PROTECTED_TOPICS)
  })
  const trail = await registerAudit(app, config, kafka, overrides.auditTrail)
  await app.register(catalogsPlugin, { folder: config.KOPS_CATALOG_DIR })
  await app.register(topicsPlugin, {
    trail,
    dataDir: config.KOPS_DATA_DIR,
    reserved,
    quietMinutes: config.KOPS_DELETE_QUIET_MINUTES,
    mostReplicas: config.KOPS_CREATE_REPLICAS_MAX
  })
  await app.register(reassignmentsPlugin, {
    reassignments: overrides.reassignments ?? createReassignments(kafka),
    throttles: createThrottleFile(join(config.KOPS_DATA_DIR, 'reassignments'), app.log)
  })
  await app.register(callerRoutes, { version: packageJson.version })
  await app.register(topicRoutes)
  await app.register(topicDeletionRoutes)
  await app.register(topicChangeRoutes)
  await app.register(catalogRoutes, { ownPatterns: ownTopics(config) })
  await app.register(adviceRoutes)
  await app.register(aclRoutes)
  await app.register(eventRoutes, { defaultTopic: config.KOPS_EVENTS_TOPIC, pod })
  await app.register(groupRoutes)
  await app.register(messageRoutes, messageSettings(config))
  await app.register(deadLettersPlugin, {
    queues: listOf(config.KOPS_DEAD_LETTER_QUEUES),
    topic: config.KOPS_DEAD_LETTER_TOPIC,
    replicationFactor: config.KOPS_DEAD_LETTER_REPLICATION_FACTOR,
    mostReplays: config.KOPS_DEAD_LETTER_REPLAYS_MAX
  })
  await app.register(deadLetterRoutes, messageSettings(config))
  await app.register(brokerRoutes)
  await app.register(reassignmentRoutes)
  const alertmanagerUrl = config.KOPS_ALERTMANAGER_URL
  await app.register(alertmanagerPlugin, {
    alertmanager:
      overrides.alertmanager ??
      (alertmanagerUrl === '' ? undefined : createAlertmanager(alertmanagerUrl, config.KOPS_ALERTMANAGER_PASSWORD_FILE))
  })
  await app.register(maintenanceRoutes, { labels: labelsOf(config.KOPS_PROMETHEUS_LABELS) })
  const connectUrl = config.KOPS_CONNECT_URL
  await app.register(connectPlugin, {
    connect:
      overrides.connect ??
      (connectUrl === '' ? undefined : createConnect(connectUrl, config.KOPS_CONNECT_PASSWORD_FILE)),
    intervalMs: config.KOPS_CONNECT_INTERVAL_MS
  })
  await app.register(connectorRoutes)
  return app
}

function podOf(config: AdminConfig) {
  return {
    hostname: hostname(),
    os: type(),
    name: config.KOPS_POD_NAME || null,
    namespace: config.KOPS_POD_NAMESPACE || null,
    node: config.KOPS_NODE_NAME || null
  }
}
