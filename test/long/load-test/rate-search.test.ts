// Runs undisturbed: a quota limits all load tests, and the service runs one at a time; other work would fail trials,
// too.
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { type LoadTestReport, type LoadTestRun, LoadTestRunSchema } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { ask, independentAdmin, isGone } from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { kafkaTool } from '../../integration/support/kafka-tool.ts'
import { bootstrapServers } from '../../integration/support/under-test.ts'

/** Of one broker, so that a topic has to have one partition to be limited by it. */
const quotaBytesPerSecond = 1_020_000
const valueBytes = 5000
/** Produce request and batch around a record that goes alone. */
const aroundBytes = 150

const workload: Workload = {
  name: 'search',
  topic: { kind: 'temporary', partitions: 1, replicationFactor: 3 },
  payload: { kind: 'random', size: { kind: 'fixed', bytes: valueBytes }, compressibility: 0 },
  keys: { kind: 'none' },
  producer: { compression: 'none', batchBytes: 1, lingerMs: 0 },
  // A quota has credit for eleven seconds without load; a trial has to outlast what a pause leaves of it.
  rate: { kind: 'search', startPerSecond: 150, trialSeconds: 15, soakSeconds: 15, objective: { maxP99Ms: 200 } }
}

async function start(t: Test, workload: Workload): Promise<LoadTestRun> {
  const { status, body } = await ask<LoadTestRun>('POST', '/api/loadtest/runs', workload)
  t.equal(status, 202, JSON.stringify(body))
  t.teardown(() => ask('DELETE', body.links.self))
  return body
}

const read = async (id: string) => (await ask<LoadTestRun>('GET', `/api/loadtest/runs/${id}`)).body
const hasEnded = ({ status }: LoadTestRun) => status !== 'running' && status !== 'pending'

/** A search takes three to four minutes. KOPS_TEST_SEARCHES=3 shows that it finds the rate again. */
const searches = Number(process.env['KOPS_TEST_SEARCHES'] ?? 1)

t.test('the rate that a quota of Kafka allows is found within 5 %', async (t) => {
  const client = ['--entity-type', 'clients', '--entity-name', 'kops-load-test']
  const quota = `producer_byte_rate=${quotaBytesPerSecond}`
  await kafkaTool(bootstrapServers, 'configs', ['--alter', '--add-config', quota, ...client])
  t.teardown(() =>
    kafkaTool(bootstrapServers, 'configs', ['--alter', '--delete-config', 'producer_byte_rate', ...client])
  )
  const allowed = quotaBytesPerSecond / (valueBytes + aroundBytes)
  for (let attempt = 1; attempt <= searches; attempt++) {
    const { id } = await start(t, workload)
    const run = await eventually('the search ends', () => read(id), hasEnded, 450_000)
    t.comment(JSON.stringify(run.result?.search))
    t.equal(Value.Check(LoadTestRunSchema, run), true)
    t.match(run, { status: 'completed', eventCount: null, result: { limitedBy: 'cluster', errors: Array } })
    const { highestPass, lowestFail, endedBecause, trials = [], soak } = run.result?.search ?? {}
    t.equal(endedBecause, 'found')
    const off = (rate: number | null | undefined) => Math.abs((rate ?? 0) / allowed - 1)
    t.ok(off(highestPass) <= 0.05, `search ${attempt}: ${highestPass} passes, ${allowed} are allowed`)
    t.ok((lowestFail ?? 0) / (highestPass ?? 1) <= 1.05, `${lowestFail} fails`)
    t.match(soak, { passed: true, reason: null })
    const beyond = trials.filter(({ perSecond }) => perSecond > allowed * 1.05)
    t.ok(beyond.length >= 2)
    for (const { perSecond, passed, reason } of beyond) {
      t.ok(!passed && (reason === 'late' || reason === 'behind'), `${perSecond} a second is throttled: ${reason}`)
    }
    const report = await ask<LoadTestReport>('GET', `/api/loadtest/runs/${id}/report`)
    const seconds = report.body.seconds.map(({ second }) => second)
    t.same(seconds, Array.from(seconds.keys()))
    t.ok(seconds.length >= 15 * trials.length + 15)
  }
})

t.test('a search is cancelled within a second, and its topic goes', async (t) => {
  const admin = await independentAdmin(t)
  const { id, topic, links } = await start(t, {
    ...workload,
    rate: { kind: 'search', startPerSecond: 100, maxPerSecond: 1000, trialSeconds: 3 }
  })
  const during = await eventually(
    'the second trial runs',
    () => read(id),
    ({ progress }) => progress?.trial?.number === 2
  )
  t.match(during.progress, { trial: { perSecond: 200, isSoak: false, highestPass: 100, lowestFail: null } })
  const askedAt = performance.now()
  const { body } = await ask<LoadTestRun>('DELETE', links.self)
  t.ok(performance.now() - askedAt < 1500, 'a second, and what deleting a topic takes')
  t.match(body, {
    status: 'aborted',
    result: { acknowledged: Number, search: { highestPass: 100, endedBecause: 'interrupted' } }
  })
  t.ok(await isGone(admin, topic))
})
