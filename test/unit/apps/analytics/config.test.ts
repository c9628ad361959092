import { join } from 'node:path'
import t from 'tap'
import { clientSettings, loadAnalyticsConfig, topicsOf } from '#apps/analytics/config.ts'
import { loadAnalytics } from '#apps/analytics/definition.ts'
import { projectRoot } from '#cli/config.ts'

t.test('topics of settings go before those of the definition', async (t) => {
  const path = join(projectRoot, 'apps/analytics/analytics.yaml')
  const config = loadAnalyticsConfig({
    STREAMING_EVENTS_TOPIC: 'dev-analytics-events',
    STREAMING_METRICS_TOPIC: 'dev-streaming-metrics',
    STREAMING_ALERTS_TOPIC: 'dev-streaming-alerts'
  })
  t.match((await loadAnalytics(path, topicsOf(config))).topics, {
    events: 'dev-analytics-events',
    metrics: 'dev-streaming-metrics',
    alerts: 'dev-streaming-alerts',
    changelog: 'kops-analytics-changelog'
  })
  t.match((await loadAnalytics(path, topicsOf(loadAnalyticsConfig({})))).topics, { events: 'analytics-events' })
  await t.rejects(loadAnalytics(path, { metrics: 'analytics-events' }), /must be another topic than the others/)
})

t.test('Kafka’s own parameters tune what exactly-once results leave open', async (t) => {
  t.strictSame(clientSettings(loadAnalyticsConfig({})), {
    compression: 'lz4',
    fetch: { minBytes: 1, maxWaitMs: 500 },
    startAt: undefined,
    warnings: []
  })
  const given = {
    STREAMING_KAFKA__PRODUCER_CONFIG: JSON.stringify({
      ...{ acks: 'all', retries: 3, batch_size: 16_384, linger_ms: 5, buffer_memory: 33_554_432 },
      ...{ compression_type: 'gzip', enable_idempotence: true }
    }),
    STREAMING_KAFKA__CONSUMER_CONFIG: JSON.stringify({
      ...{ auto_offset_reset: 'latest', enable_auto_commit: false, max_poll_records: 500, session_timeout_ms: 30_000 },
      ...{ heartbeat_interval_ms: 3000, fetch_min_bytes: 1024, fetch_max_wait_ms: 500 }
    })
  }
  const { warnings, ...settings } = clientSettings(loadAnalyticsConfig(given))
  t.strictSame(settings, { compression: 'gzip', fetch: { minBytes: 1024, maxWaitMs: 500 }, startAt: 'latest' })
  for (const name of [
    'retries',
    'batch_size',
    'linger_ms',
    'buffer_memory',
    'max_poll_records',
    'session_timeout_ms'
  ]) {
    t.equal(warnings.filter((warning) => warning.includes(` ${name} has no effect`)).length, 1, name)
  }
  t.notMatch(warnings.join(), /(acks|compression_type|enable_auto_commit|fetch_\w+) has/)
})

t.test('what would break exactly once is refused', async (t) => {
  for (const config of ['{"acks":"1"}', '{"enable_idempotence":false}']) {
    t.throws(
      () => clientSettings(loadAnalyticsConfig({ KOPS_PRODUCER_CONFIG: config })),
      /KOPS_PRODUCER_CONFIG: acks must be all/
    )
  }
  t.throws(() => clientSettings(loadAnalyticsConfig({ KOPS_PRODUCER_PROFILE: 'high-throughput' })), /acks must be all/)
  t.throws(
    () => clientSettings(loadAnalyticsConfig({ KOPS_CONSUMER_CONFIG: '{"isolation.level":"read_committed"}' })),
    /isolation.level/
  )
})
