import { createAlertmanager } from '#shared/alertmanager/http-client.ts'
import type { Alertmanager } from '#shared/alertmanager/port.ts'
import { type Clock, systemClock } from '#shared/clock.ts'
import { type App, createApp } from '#shared/http/create-app.ts'
import { labelsOf, listOf } from '#shared/http/service-config.ts'
import { createJmxReader } from '#shared/jmx/exporter.ts'
import type { JmxReader } from '#shared/jmx/ports.ts'
import { parseJmxAccess } from '#shared/jmx/settings.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createWatchedBudget } from '#shared/kafka/cluster/quorum-gate.ts'
import { createPool } from '#shared/kafka/connection/pool.ts'
import { parseEndpoints } from '#shared/kafka/model.ts'
import type { ProbeChannel } from '#shared/kafka/probe/port.ts'
import { createProbeChannel } from '#shared/kafka/probe/probe-channel.ts'
import type { RecordReader, RecordWriter } from '#shared/kafka/records/port.ts'
import { createRecordReader } from '#shared/kafka/records/record-reader.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { parseKafka } from '#shared/kafka/settings.ts'
import type { PrometheusReader } from '#shared/prometheus/ports.ts'
import { prometheusOf } from '#shared/prometheus/settings.ts'
import { createPublishMeter } from '#shared/request-events/publish-meter.ts'
import { publishRequests } from '#shared/request-events/publish-requests.ts'
import type { ZookeeperReader } from '#shared/zookeeper/ports.ts'
import { parseZookeeperTls } from '#shared/zookeeper/settings.ts'
import { createZookeeperReader } from '#shared/zookeeper/srvr.ts'
import { alertsPlugin } from './alerts-plugin.ts'
import type { HealthConfig } from './config.ts'
import { deadLettersPlugin } from './dead-letters-plugin.ts'
import type { DrillSource } from './domain/drill-watch.ts'
import type { HistoryStore } from './domain/groups/index.ts'
import { drillSourceOf, drillsPlugin } from './drills-plugin.ts'
import { eventsPlugin } from './events-plugin.ts'
import { createHistoryFile } from './group-history-file.ts'
import { historyPlugin } from './history-plugin.ts'
import { healthMetrics } from './metrics/health-metrics.ts'
import { serviceDeathMetrics } from './metrics/service-deaths.ts'
import { type MonitorPluginOptions, monitorPlugin } from './monitor-plugin.ts'
import { probePlugin } from './probe-plugin.ts'
import { alertRoutes } from './routes/alerts.ts'
import { groupRoutes } from './routes/groups.ts'
import { healthRoutes } from './routes/health.ts'
import { historyRoutes } from './routes/history.ts'
import { probeRoutes } from './routes/probe.ts'
import { runbookRoutes } from './routes/runbooks.ts'
import { streamRoutes } from './routes/stream.ts'
import { whatIfRoutes } from './routes/what-if.ts'
import { type WhatIfPluginOptions, whatIfPlugin } from './what-if-plugin.ts'

/** Parts that tests replace. */
export interface Overrides {
  reader?: MonitorPluginOptions['reader'] & WhatIfPluginOptions['reader']
  zookeepers?: ZookeeperReader
  jmx?: JmxReader
  historyStore?: HistoryStore
  probeChannel?: ProbeChannel
  eventWriter?: RecordWriter
  decisionReader?: RecordReader
  prometheus?: PrometheusReader
  alertmanager?: Alertmanager
  drillSource?: DrillSource
  clock?: Clock
}

/** Builds health-service. It starts polling when it is ready, and stops and disconnects when it is closed. */
export async function buildApp(config: HealthConfig, overrides: Overrides = {}): Promise<App> {
  const app = await createApp({
    service: 'health',
    title: 'kops health-service',
    description:
      'Reports the health of a Kafka cluster and its metadata quorum: brokers, partitions, consumer groups, an end-to-end probe, alerts and history.',
    dataDir: config.KOPS_DATA_DIR,
    config
  })
  const zookeeperServers = listOf(config.KOPS_ZOOKEEPER_SERVERS)
  const jmxTargets = listOf(config.KOPS_JMX_TARGETS)
  const servers = parseKafka(config)
  const zookeeperTls = parseZookeeperTls(config)
  const budget = createWatchedBudget({ ...servers, zookeeperServers, zookeeperTls, clientId: 'kops-health' })
  const pool = createPool({ ...servers, clientId: 'kops-health', budget })
  const kafka = { ...servers, clientId: 'kops-health', budget, pool }
  app.addHook('onClose', async () => {
    pool.close()
    await budget.close()
  })
  const reader = overrides.reader ?? createClusterReader(kafka)
  const clock = overrides.clock ?? systemClock
  // Before the routes, whose requests it publishes.
  await publishRequests(app, {
    ...{ service: 'kops-health', config, kafka: { ...kafka, clientId: 'kops-health-requests' } },
    meter: createPublishMeter(app.metrics),
    now: () => clock.now()
  })
  await app.register(monitorPlugin, {
    reader,
    zookeepers:
      overrides.zookeepers ??
      createZookeeperReader(zookeeperServers.length === 0 ? [] : parseEndpoints(zookeeperServers), zookeeperTls),
    historyStore:
      overrides.historyStore ??
      createHistoryFile(config.KOPS_DATA_DIR, (path, cause) =>
        app.log.warn({ path, err: cause }, 'what was kept of groups cannot be read')
      ),
    jmx:
      overrides.jmx ??
      createJmxReader(jmxTargets.length === 0 ? [] : parseEndpoints(jmxTargets), parseJmxAccess(config)),
    clock,
    pollIntervalMs: config.KOPS_POLL_INTERVAL_MS,
    pulseIntervalMs: config.KOPS_PULSE_INTERVAL_MS,
    maxAgeMs: config.KOPS_MAX_AGE_MS,
    groupsThatMayStop: listOf(config.KOPS_GROUPS_MAY_STOP)
  })
  const { KOPS_ALERTMANAGER_URL: alertmanagerUrl } = config
  await app.register(alertsPlugin, {
    clock,
    alertmanager:
      overrides.alertmanager ??
      (alertmanagerUrl === ''
        ? undefined
        : createAlertmanager(alertmanagerUrl, config.KOPS_ALERTMANAGER_PASSWORD_FILE)),
    labels: labelsOf(config.KOPS_PROMETHEUS_LABELS),
    publicUrl: config.KOPS_PUBLIC_HEALTH_URL || `http://localhost:${config.KOPS_PORT}`
  })
  await app.register(alertRoutes)
  await app.register(runbookRoutes)
  await app.register(healthMetrics, {
    kafkaExporter: config.KOPS_KAFKA_EXPORTER_METRICS,
    maxSeries: config.KOPS_METRICS_MAX_SERIES
  })
  serviceDeathMetrics(app.metrics, config.KOPS_SERVICE_DEATHS_FILE)
  await app.register(healthRoutes)
  await app.register(deadLettersPlugin, {
    queues: listOf(config.KOPS_DEAD_LETTER_QUEUES),
    topic: config.KOPS_DEAD_LETTER_TOPIC,
    records: overrides.decisionReader ?? createRecordReader({ ...kafka, clientId: 'kops-health-decisions' }),
    reader,
    clock
  })
  await app.register(drillsPlugin, { source: overrides.drillSource ?? drillSourceOf(config), clock })
  await app.register(whatIfPlugin, { reader, clock })
  await app.register(whatIfRoutes)
  await app.register(groupRoutes)
  const topic = config.KOPS_PROBE_TOPIC
  await app.register(probePlugin, {
    openChannel: () => overrides.probeChannel ?? createProbeChannel({ ...kafka, clientId: 'kops-health-probe', topic }),
    topic,
    clock,
    intervalMs: config.KOPS_PROBE_INTERVAL_MS,
    brokersExpected: servers.bootstrapServers.length
  })
  await app.register(probeRoutes)
  await app.register(eventsPlugin, {
    openWriter: config.KOPS_HEALTH_EVENTS
      ? () => overrides.eventWriter ?? createRecordWriter({ ...servers, clientId: 'kops-health-events' })
      : undefined,
    heartbeatMs: config.KOPS_HEALTH_EVENTS_HEARTBEAT_MS,
    maxAgeMs: config.KOPS_MAX_AGE_MS,
    clock,
    alertSources: [app.alertBook, ...(app.drillWatch ? [app.drillWatch] : [])],
    runningDrill: () => app.drillWatch?.running() ?? null
  })
  await app.register(streamRoutes, { maxStreams: config.KOPS_HEALTH_STREAMS_MAX })
  await app.register(historyPlugin, {
    prometheus: overrides.prometheus ?? prometheusOf(config),
    labels: labelsOf(config.KOPS_PROMETHEUS_LABELS),
    clock
  })
  await app.register(historyRoutes)
  return app
}
