import { setImmediate as nextTurn } from 'node:timers/promises'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { buildApp } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'
import { eventMetrics } from '#services/health/metrics/event-metrics.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { checkMetrics } from '../../../prometheus/check-metrics.ts'
import { skip } from '../../../prometheus/programs.ts'
import { createFakeClock } from '../fake-clock.ts'
import { type FullReader, plainCluster, plainParts } from '../plain-cluster.ts'
import { seriesOf } from './small-snapshot.ts'

async function build(t: Test, settings: Record<string, string> = {}, overrides: Partial<FullReader> = {}) {
  const clock = createFakeClock()
  const cluster = plainCluster()
  let asked = 0
  const views = async () => {
    asked += 1
    return cluster.views
  }
  const app = await buildApp(loadConfig({ KOPS_LOG_LEVEL: 'silent', ...settings }), {
    ...plainParts(cluster, { views, ...overrides }),
    clock
  })
  t.teardown(() => app.close())
  await app.inject('/api/health')
  const scrape = async () => (await app.inject('/metrics')).body
  /** The next full sweep. */
  const sweep = async () => {
    clock.advance(30_000)
    for (let turn = 0; turn < 20; turn++) await nextTurn()
  }
  return { app, clock, cluster, scrape, sweep, views: () => asked }
}

t.test('a scrape carries the process, the requests and the cluster, and reads nothing', { skip }, async (t) => {
  const { app, clock, scrape, views } = await build(t, { KOPS_PULSE_INTERVAL_MS: '0' })
  clock.advance(20_000)
  const before = views()
  const { body, headers } = await app.inject('/metrics')
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
  const series = seriesOf(body)
  t.ok(series.has('process_resident_memory_bytes'))
  t.equal(series.get('kafka_topic_partition_current_offset{topic="a",partition="0"}'), 100)
  t.equal(series.get('kops_health_snapshot_age_seconds'), 20)
  seriesOf(await scrape())
  t.equal(views(), before)
  const heads = Array.from(body.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name)
  t.equal(new Set(heads).size, heads.length)
  const faults = (await checkMetrics(body))
    .trim()
    .split('\n')
    .map((fault) => fault.split(' ')[0])
  t.same(
    faults.filter((name) => name?.startsWith('kops_')),
    []
  )
  t.notMatch(faults.join(' '), /error/)
})

t.test('the pulse and the sweep are everything between them, and share no series of the cluster', async (t) => {
  const { app, clock } = await build(t, { KOPS_PROBE_INTERVAL_MS: '5000' })
  clock.advance(1000)
  const ask = async (url: string) => seriesOf((await app.inject(url)).body)
  const [all, pulse, sweep] = await Promise.all(['/metrics', '/metrics/pulse', '/metrics/sweep'].map(ask))
  const ofCluster = (series: Map<string, number> | undefined) =>
    Array.from(series?.keys() ?? []).filter((key) => !/^(http|process|nodejs|kops_health)_/.test(key))
  t.same([...ofCluster(pulse), ...ofCluster(sweep)].sort(), ofCluster(all).sort())
  for (const name of ['kafka_cluster_brokers_healthy', 'kafka_cluster_offline_partitions', 'kops_zookeeper_quorum']) {
    t.ok(pulse?.has(name), name)
  }
  t.equal(pulse?.get('kafka_broker_up{broker="kafka-1"}'), 1)
  t.equal(pulse?.get('kops_health_snapshot_age_seconds'), 1)
  t.ok(pulse?.has('kops_health_part_last_success_timestamp_seconds{part="groups"}'))
})

t.test('each reading of a part is observed once, however many snapshots repeat it', async (t) => {
  const { app, clock, scrape, sweep } = await build(t)
  const count = async (part: string) =>
    seriesOf(await scrape()).get(`kops_health_part_duration_seconds_count{part="${part}"}`)
  t.equal(await count('brokers'), 1)
  t.equal(await count('groups'), 1)
  clock.advance(6000)
  await app.inject('/api/health')
  t.equal(await count('brokers'), 2)
  t.equal(await count('groups'), 1)
  await sweep()
  t.equal(await count('brokers'), 3)
  t.equal(await count('groups'), 2)
})

t.test('a failed part leaves its series out, and its last success does not change', async (t) => {
  const failing = new KopsError('kafka_timeout', 'no answer')
  const cluster = plainCluster()
  let fails = false
  const { scrape, sweep } = await build(
    t,
    {},
    {
      groups: () => (fails ? Promise.reject(failing) : Promise.resolve({ value: cluster.groups, warnings: [] }))
    }
  )
  const before = seriesOf(await scrape())
  const success = (part: string) => `kops_health_part_last_success_timestamp_seconds{part="${part}"}`
  const start = Date.UTC(2026, 0, 31) / 1000
  t.equal(before.get('kops_group_members{group="g"}'), 2)
  t.equal(before.get(success('groups')), start)
  fails = true
  await sweep()
  const after = seriesOf(await scrape())
  t.notOk(Array.from(after.keys()).some((key) => /group="g"/.test(key)))
  t.equal(after.get(success('groups')), start)
  t.equal(after.get(success('brokers')), start + 30)
  t.equal(after.get('kops_health_read_errors_total{part="groups"}'), 1)
  t.equal(after.get('kafka_topic_partition_current_offset{topic="a",partition="0"}'), 100)
  t.equal(after.get('kafka_topic_partition_replicas{topic="a",partition="0"}'), 3)
})

t.test('series beyond the limit are left out, and that is reported', async (t) => {
  const { app, cluster, scrape, sweep } = await build(t, { KOPS_METRICS_MAX_SERIES: '1000' })
  const warned: unknown[] = []
  app.log.warn = (details: unknown) => void warned.push(details)
  const partitions = Array.from({ length: 2000 }, (_, partition) => partition)
  cluster.offsets = partitions.map((partition) => ({ topic: 'a', partition, logStartOffset: 0, logEndOffset: 100 }))
  cluster.committed = partitions.map((partition) => ({ group: 'g', topic: 'a', partition, offset: 93 }))
  await sweep()
  for (let scrapes = 0; scrapes < 3; scrapes++) {
    const series = seriesOf(await scrape())
    t.equal(series.get('kops_health_series_dropped{metric="kafka_consumergroup_lag"}'), 2000)
    t.equal(series.get('kafka_consumergroup_lag_sum{consumergroup="g",topic="a"}'), 14_000)
    t.notOk(series.has('kafka_consumergroup_lag{consumergroup="g",topic="a",partition="0"}'))
  }
  t.match(warned, [{ maxSeries: 1000, dropped: { kafka_consumergroup_lag: 2000 } }], 'it is logged once')
  t.equal(warned.length, 1)
})

t.test('events are counted by topic and outcome', async (t) => {
  const registry = new Registry()
  eventMetrics(registry).published('health-status', 'written')
  t.match(await registry.metrics(), /kops_health_events_published_total\{topic="health-status",outcome="written"\} 1/)
})
