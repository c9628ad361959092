import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { buildApp } from '#services/health/app.ts'
import { loadConfig } from '#services/health/config.ts'
import { ProbeReadingSchema } from '#shared/contracts/probe.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { plainChannel } from './domain/probe/plain-channel.ts'
import { createFakeClock } from './fake-clock.ts'
import { plainCluster, plainParts } from './plain-cluster.ts'

async function build(t: Test, settings: Record<string, string>) {
  const clock = createFakeClock()
  const channel = plainChannel(clock, [1, 2, 3])
  const cluster = plainCluster()
  const app = await buildApp(loadConfig({ KOPS_LOG_LEVEL: 'silent', ...settings }), {
    ...plainParts(cluster),
    probeChannel: channel,
    clock
  })
  t.teardown(() => app.close())
  await app.ready()
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      clock.advance(500)
      for (let turn = 0; turn < 5; turn++) await nextTurn()
    }
  }
  const series = async () =>
    (await app.inject('/metrics')).body.split('\n').filter((line) => line.startsWith('kops_probe_'))
  return { app, channel, pass, series }
}

t.test('without the setting, the service creates no probe topic, and reports that it does not probe', async (t) => {
  const { app, channel, pass, series } = await build(t, {})
  await pass(10_000)
  t.same(channel.changes, [])
  const { statusCode, body } = await app.inject('/api/health/probe')
  t.equal(statusCode, 200)
  t.ok(Value.Check(ProbeReadingSchema, JSON.parse(body)))
  t.match(JSON.parse(body), { enabled: false, topic: 'kops-probe', intervalMs: 0, brokers: [] })
  t.same(await series(), [], 'what nobody measured has no series')
})

t.test('the probe is reported by the API and as metrics, each broker under its name', async (t) => {
  const { app, channel, pass, series } = await build(t, { KOPS_PROBE_INTERVAL_MS: '5000' })
  await pass(5500)
  channel.onWrite = ({ leader }) => {
    if (leader === 3) throw new KopsError('not_enough_replicas', 'too few')
  }
  await pass(5000)
  const reading: unknown = (await app.inject('/api/health/probe')).json()
  t.ok(Value.Check(ProbeReadingSchema, reading))
  t.match(reading, { enabled: true, intervalMs: 5000, brokers: [{ up: true }, { up: true }, { up: false }] })
  const lines = await series()
  for (const line of [
    'kops_probe_up{broker="kafka-1"} 1',
    'kops_probe_up{broker="kafka-3"} 0',
    'kops_probe_records_sent_total{broker="kafka-3"} 2',
    'kops_probe_records_acknowledged_total{broker="kafka-3"} 1',
    'kops_probe_records_lost_total{broker="kafka-3"} 0',
    'kops_probe_records_not_accepted_total{broker="kafka-3",reason="not_enough_replicas"} 1',
    'kops_probe_latency_seconds_count{broker="kafka-1"} 2',
    'kops_probe_latency_seconds_count{broker="kafka-3"} 1'
  ]) {
    t.ok(lines.includes(line), line)
  }
  await app.close()
  t.ok(channel.closed, 'its connections end with the service')
})

t.test('a broker that is gone for good takes its series with it', async (t) => {
  const { channel, pass, series } = await build(t, { KOPS_PROBE_INTERVAL_MS: '5000' })
  await pass(5500)
  channel.brokers.delete(3)
  channel.partitions?.pop()
  await pass(10_000)
  t.same(
    (await series()).filter((line) => line.includes('kafka-3')),
    []
  )
})

const names: [name: string, fits: boolean][] = [
  ['kops-probe', true],
  ['kops-probe.eu-1', true],
  ['log-events', false],
  ['kops', false],
  ['kops-probe/../x', false]
]
for (const [name, fits] of names) {
  t.test(`the topic ${name} is ${fits ? 'accepted' : 'refused: it may be somebody else’s'}`, async (t) => {
    const load = () => loadConfig({ KOPS_PROBE_TOPIC: name })
    if (fits) t.equal(load().KOPS_PROBE_TOPIC, name)
    else t.throws(load, /KOPS_PROBE_TOPIC/)
  })
}
