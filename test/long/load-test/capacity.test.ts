// Runs undisturbed: stops a broker.
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { readTraffic } from '#services/load-test/domain/capacity/traffic.ts'
import { type Capacity, CapacitySchema } from '#shared/contracts/capacity.ts'
import {
  type CapacityMeasurement,
  CapacityMeasurementSchema,
  type StartCapacity
} from '#shared/contracts/capacity-measurement.ts'
import { createPrometheusReader } from '#shared/prometheus/http-reader.ts'
import { kops } from '../../integration/cli/kops.ts'
import { ask, independentAdmin, isGone, runWorkload } from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { agentUnderTest, monitoringPasswordFile, prometheusUrl } from '../../integration/support/under-test.ts'

const node = 'kafka-3'
/** A busy machine passes, too. */
const objective = { maxP99Ms: 3000 }
const quick: StartCapacity = {
  ...{ oneBrokerDown: true, node, confirm: node, producers: 1 },
  topic: { kind: 'temporary', partitions: 6, replicationFactor: 3 },
  rate: {
    ...{ kind: 'search', startPerSecond: 500, maxPerSecond: 1000, trialSeconds: 3, precision: 0.3, soakSeconds: 0 },
    objective
  }
}

const read = async (id: string) => (await ask<CapacityMeasurement>('GET', `/api/capacity/measurements/${id}`)).body
const current = async () => (await ask<Capacity>('GET', '/api/capacity')).body
const hasEnded = ({ finishedAt }: CapacityMeasurement) => finishedAt !== null
const names = ({ timeline }: CapacityMeasurement) => timeline.map(({ event }) => event)

/** Once the cluster is healthy enough: an earlier test may have left out-of-sync replicas. */
async function start(t: Test, request: StartCapacity): Promise<CapacityMeasurement> {
  const attempt = () => ask<CapacityMeasurement & { code?: string }>('POST', '/api/capacity', request)
  const healthy = ({ body }: Awaited<ReturnType<typeof attempt>>) => body.code !== 'cluster_unhealthy'
  const { status, body } = await eventually('the cluster is healthy', attempt, healthy, 60_000)
  if (status !== 202) throw new Error(JSON.stringify(body))
  t.teardown(() => ask('DELETE', body.links.self))
  return body
}

async function assertBack(t: Test): Promise<void> {
  const agent = await agentUnderTest()
  t.teardown(() => agent.close())
  const status = await agent.status()
  t.same(status.faults, [])
  t.match(
    status.nodes.find(({ name }) => name === node),
    { state: 'running', ready: true }
  )
}

t.test('before anything is measured, each figure says what is missing', async (t) => {
  const answer = await current()
  t.equal(Value.Check(CapacitySchema, answer), true)
  t.match(answer, {
    summary: /^What it takes is not measured; with one broker down not measured; /,
    allBrokers: { measured: null, unknown: /kops capacity measure/ }
  })
  t.equal(answer.disks.dirs.length, 3)
  for (const dir of answer.disks.dirs) {
    t.ok((dir.usableBytes ?? 0) > 0)
    t.match(dir, { fullAt: null, unknown: /needs figures of 6 h/ })
  }
})

t.test('the traffic is what Prometheus has from the brokers', async (t) => {
  const prometheus = createPrometheusReader(prometheusUrl.replace('://', '://kops@'), monitoringPasswordFile)
  t.teardown(() => prometheus.close())
  const bytes = 1000
  const rate = { kind: 'constant', perSecond: 300 } as const
  const payload = { kind: 'random', size: { kind: 'fixed', bytes }, compressibility: 0 } as const
  const earlierTests = { from: 0, to: Date.now() }
  await runWorkload({ name: 'traffic', rate, durationSeconds: 40, payload })
  const source = { prometheus, labels: [], deadlineMs: 5000 }
  const query = { brokers: 3, busy: [earlierTests], windowSeconds: 10 }
  const { peakDay, unknown } = await readTraffic(source, { ...query, now: new Date() })
  t.equal(unknown, null)
  // A busy machine falls behind, and catches up.
  const about = (value: number | undefined, expected: number) =>
    t.ok(value && value > expected * 0.6 && value < expected * 1.7, `${value} is about ${expected}`)
  about(peakDay?.recordsPerSecond, rate.perSecond)
  about(peakDay?.bytesPerSecond, rate.perSecond * bytes)
})

t.test('the capacity with all brokers and with one stopped, which is back afterwards', async (t) => {
  const admin = await independentAdmin(t)
  t.match(await ask('POST', '/api/capacity', { ...quick, confirm: 'kafka-1' }), {
    status: 400,
    body: { errors: [{ field: 'confirm' }] }
  })
  const { id } = await start(t, quick)
  for (const [path, body] of [
    ['/api/capacity', quick],
    ['/api/drills', { kind: 'broker-stop', node: 'kafka-1' }],
    ['/api/loadtest/run', { eventCount: 1 }]
  ] as const) {
    t.match(await ask('POST', path, body), { status: 409, body: { code: 'job_conflict' } }, path)
  }
  const measured = await eventually('the measurement ends', () => read(id), hasEnded, 150_000)
  t.equal(Value.Check(CapacityMeasurementSchema, measured), true)
  t.equal(measured.status, 'completed', measured.failure ?? '')
  await assertBack(t)
  for (const event of ['broker-stopped', 'healed', 'recovered']) t.ok(names(measured).includes(event), event)
  for (const search of ['all', 'down']) t.ok(await isGone(admin, `kops-capacity-${id}-${search}`))

  const answer = await current()
  t.comment(answer.summary)
  t.equal(Value.Check(CapacitySchema, answer), true)
  const { allBrokers, oneBrokerDown } = answer
  t.same([allBrokers.measured, oneBrokerDown.measured], [measured.allBrokers, measured.oneBrokerDown])
  t.match(oneBrokerDown.measured, { stoppedNode: node, method: /kafka-3 stopped/ })
  for (const { measured, stale, differences, ageSeconds } of [allBrokers, oneBrokerDown]) {
    t.same([stale, differences], [false, []], 'the configuration is that of the measurement')
    t.ok((ageSeconds ?? 999) < 120)
    t.ok((measured?.recordsPerSecond ?? 0) >= 250 && (measured?.recordsPerSecond ?? 0) <= 1000)
    t.equal(measured?.meaning, measured?.recordsPerSecond === 1000 ? 'atLeast' : 'found')
    const bytes = (measured?.recordsPerSecond ?? 0) * (measured?.recordBytes ?? 0)
    t.ok(Math.abs((measured?.bytesPerSecond ?? 0) / bytes - 1) < 0.01)
  }
  t.ok((await ask('GET', `/api/loadtest/runs/${oneBrokerDown.measured?.run}`)).status === 200)
  const { code, stdout } = await kops(['capacity'])
  t.equal(code, 0)
  t.match(stdout, /^(It takes|Now at)[\s\S]*^all brokers .* current$[\s\S]*^kafka-3 down .* current$/m)
})

t.test('a measurement that is cancelled while the broker is stopped starts it first', async (t) => {
  const { id, links } = await start(t, quick)
  const stopped = (measurement: CapacityMeasurement) =>
    hasEnded(measurement) || (names(measurement).includes('broker-stopped') && measurement.run !== null)
  await eventually('the broker is stopped', () => read(id), stopped, 90_000)
  const { status, body } = await ask<CapacityMeasurement>('DELETE', links.self)
  t.equal(status, 200)
  t.match(body, {
    status: 'aborted',
    failure: 'Cancelled on request',
    oneBrokerDown: null,
    allBrokers: { run: String }
  })
  t.ok(names(body).includes('healed'))
  await assertBack(t)
})
