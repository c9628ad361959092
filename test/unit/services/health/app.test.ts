import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { buildApp } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'
import { ClusterHealthSchema, ClusterStatusSummarySchema } from '#shared/contracts/health.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { createFakeClock } from './fake-clock.ts'
import {
  type FullReader,
  metadata,
  type PlainCluster,
  partition,
  plainCluster,
  plainParts,
  silent,
  topic
} from './plain-cluster.ts'

async function build(t: Test, cluster: PlainCluster, overrides: Partial<FullReader> = {}) {
  const clock = createFakeClock()
  const app = await buildApp(loadConfig({ KOPS_LOG_LEVEL: 'silent' }), {
    ...plainParts(cluster, overrides),
    clock
  })
  t.teardown(() => app.close())
  const metrics = async () => {
    const { body } = await app.inject('/metrics')
    return new Map(
      body
        .split('\n')
        .filter((line) => /^(kafka|kops)_/.test(line))
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))])
    )
  }
  return { app, clock, metrics }
}

t.test('the health of the cluster matches the contract', async (t) => {
  const { app } = await build(t, plainCluster())
  const full = await app.inject('/api/health')
  t.equal(full.statusCode, 200)
  t.ok(Value.Check(ClusterHealthSchema, full.json()))
  t.match(full.json(), {
    status: 'HEALTHY',
    reasons: [],
    clusterId: 'cluster',
    partitions: { total: 2, underReplicated: 0, underMinIsr: 0, offline: 0 },
    groups: [{ group: 'g', state: 'Stable', members: 2, lag: 7 }],
    asOf: '2026-01-31T00:00:00.000Z'
  })
  const short = await app.inject('/api/health/status')
  t.ok(Value.Check(ClusterStatusSummarySchema, short.json()))
  t.same(short.json(), { status: 'HEALTHY', reasons: [], asOf: '2026-01-31T00:00:00.000Z' })
})

t.test('a cluster that is down is an answer, not an error', async (t) => {
  const error = new KopsError('broker_unreachable', 'kafka:9091: connect ECONNREFUSED')
  const { app, metrics } = await build(t, { ...plainCluster(), views: [1, 2, 3].map((id) => silent(id, error)) })
  const { statusCode, ...answer } = await app.inject('/api/health')
  t.equal(statusCode, 200)
  t.ok(Value.Check(ClusterHealthSchema, answer.json()))
  t.match(answer.json(), { status: 'DOWN', reasons: [{ code: 'no_broker_reachable' }], partitions: null })

  const series = await metrics()
  t.equal(series.get('kafka_cluster_brokers_healthy'), 0)
  t.equal(series.get('kafka_cluster_brokers_configured'), 3)
  t.equal(series.get('kafka_cluster_status{status="DOWN"}'), 1)
  t.ok((series.get('kops_health_read_errors_total{part="brokers"}') ?? 0) >= 3)
  for (const name of ['topics', 'topics_healthy', 'partitions', 'under_replicated_partitions', 'offline_partitions']) {
    t.notOk(series.has(`kafka_cluster_${name}`), name)
  }
})

t.test('a defect in the first reading is an error without details', async (t) => {
  const { app } = await build(t, plainCluster(), { views: () => Promise.reject(new TypeError('x is not a function')) })
  const { statusCode, body } = await app.inject('/api/health')
  t.equal(statusCode, 500)
  t.notMatch(body, /not a function/)
})

t.test('metrics show the last snapshot, and nothing that is gone or unread', async (t) => {
  const cluster = plainCluster()
  cluster.groups.push({ group: 'partly', state: 'Empty', protocolType: 'consumer', members: 0, memberList: null })
  cluster.committed.push(
    { group: 'partly', topic: 'a', partition: 0, offset: 100 },
    { group: 'partly', topic: 'b', partition: 0, offset: 1 }
  )
  const { app, clock, metrics } = await build(t, cluster)
  await app.inject('/api/health')
  clock.advance(2000)
  const before = await metrics()
  t.equal(before.get('kafka_cluster_brokers_healthy'), 3)
  t.equal(before.get('kafka_cluster_topics_healthy'), 2)
  t.equal(before.get('kafka_cluster_under_replicated_partitions'), 0)
  t.equal(before.get('kafka_cluster_zookeepers_healthy'), 3)
  t.equal(before.get('kafka_cluster_status{status="HEALTHY"}'), 1)
  t.equal(before.get('kafka_broker_up{broker="kafka-3"}'), 1)
  t.equal(before.get('kafka_consumer_lag{group="g"}'), 7)
  t.notOk(before.has('kafka_consumer_lag{group="partly"}'), 'a sum of which parts are missing is no lag')
  t.equal(before.get('kops_health_snapshot_age_seconds'), 2)

  const shrunk = metadata([topic('a', partition({ isr: [1, 2] })), topic('b', partition())])
  cluster.views = cluster.views.map((view) => ({ ...view, metadata: shrunk }))
  cluster.groups = []
  cluster.zookeepers = []
  clock.advance(4000)
  t.equal((await metrics()).get('kafka_consumer_lag{group="g"}'), 7, 'a scrape reads nothing')
  await app.inject('/api/health/status')
  const after = await metrics()
  t.equal(after.get('kafka_cluster_topics_healthy'), 1)
  t.equal(after.get('kafka_cluster_under_replicated_partitions'), 1)
  t.equal(after.get('kafka_cluster_status{status="DEGRADED"}'), 1)
  t.equal(after.get('kafka_consumer_lag{group="g"}'), 7, 'a request for the status does not read all groups')
  t.notOk(after.has('kafka_cluster_zookeepers_healthy'))
  clock.advance(30_000)
  await new Promise((resolve) => setImmediate(resolve))
  t.notOk(
    (await metrics()).has('kafka_consumer_lag{group="g"}'),
    'nor is a deleted group reported after the next sweep'
  )
})

t.test('before the first reading there are no cluster metrics', async (t) => {
  const { metrics } = await build(t, plainCluster(), {
    views: ({ signal }) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  })
  const series = await metrics()
  for (const name of series.keys()) t.match(name, /^kops_health_(read_errors_total|pulse_age_seconds)/, name)
})

t.test('settings that are not valid are refused by name', async (t) => {
  t.throws(() => loadConfig({ KOPS_POLL_INTERVAL_MS: '5' }), /KOPS_POLL_INTERVAL_MS/)
  t.throws(() => loadConfig({ KOPS_HOST: '0.0.0.0' }), /KOPS_HOST/)
  t.match(loadConfig({}), { KOPS_PORT: 8082, KOPS_POLL_INTERVAL_MS: 30_000, KOPS_MAX_AGE_MS: 5000 })
  const config = loadConfig({ KOPS_LOG_LEVEL: 'silent', KOPS_BOOTSTRAP_SERVERS: 'nonsense' })
  await t.rejects(buildApp(config), /"nonsense" is not host:port/)
})
