import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { buildApp } from '#services/load-test/app.ts'
import { loadConfig } from '#services/load-test/config.ts'
import type { AuditEvent } from '#shared/contracts/audit.ts'
import { LoadTestPlanSchema, ReadyWorkloadsSchema } from '#shared/contracts/load-plan.ts'
import { fakeEngine, fakeProducer, settingsWithoutCluster } from './fakes.ts'

/** load-test-service with the ready workloads of this checkout, or others. */
async function build(t: Test, workloads?: Record<string, string>) {
  const folder = t.testdir(workloads ? { workloads } : {})
  const events: AuditEvent[] = []
  const config = loadConfig({
    ...settingsWithoutCluster(folder),
    ...(workloads && { KOPS_LOAD_WORKLOADS: join(folder, 'workloads') })
  })
  const app = await buildApp(config, {
    auditTrail: { record: async (event) => void events.push(event) },
    engine: fakeEngine((_order, onOutcome) => fakeProducer({ onOutcome }))
  })
  t.teardown(() => app.close())
  const ask = async (method: 'GET' | 'POST', path: string, payload?: object) => {
    const answer = await app.inject({ method, url: `/api/loadtest/${path}`, ...(payload ? { payload } : {}) })
    return { status: answer.statusCode, body: answer.json() }
  }
  return { ask, events, folder }
}

t.test('the ready workloads are listed with the question that each answers', async (t) => {
  const { ask } = await build(t)
  const { status, body } = await ask('GET', 'workloads')
  t.equal(status, 200)
  t.equal(Value.Check(ReadyWorkloadsSchema, body), true)
  const steady = body.workloads.find(({ name }: { name: string }) => name === 'steady')
  t.match(steady, { question: /Five minutes at a rate/, workload: { rate: { kind: 'constant', perSecond: 2000 } } })
})

t.test('a folder of workloads may be missing, and names the one that is wrong', async (t) => {
  const { ask, folder } = await build(t, { 'bad.yaml': 'name: bad\n' })
  t.match(await ask('GET', 'workloads'), { body: { code: 'validation_failed', detail: /bad\.yaml/ } })
  await rm(join(folder, 'workloads'), { recursive: true })
  t.match(await ask('GET', 'workloads'), { status: 200, body: { workloads: [] } })
})

t.test('a workload is planned without being run, and what is wrong with it is named by field', async (t) => {
  const { ask, events } = await build(t)
  const workload = { name: 'x', topic: { kind: 'temporary', partitions: 3, replicationFactor: 1 } }
  const planned = await ask('POST', 'plan', { ...workload, rate: { kind: 'constant', perSecond: 10 }, records: 100 })
  t.equal(planned.status, 200)
  t.equal(Value.Check(LoadTestPlanSchema, planned.body), true)
  t.match(planned.body, { seconds: 10, records: 100, canStart: true, workload: { producer: { acks: 'all' } } })
  t.match(await ask('GET', 'runs'), { body: { runs: [] } })
  t.same(events, [], 'a plan leaves no event')
  for (const [change, field] of [
    [{}, 'durationSeconds'],
    [{ records: 10, thresholds: ['p99 is low'] }, 'thresholds.0'],
    [{ records: 10, topic: { kind: 'existing', name: 'orders' } }, 'topic.confirm'],
    [{ records: 10, producers: 99 }, 'producers']
  ] as const) {
    const { status, body } = await ask('POST', 'plan', { ...workload, ...change })
    t.match({ status, body }, { status: 400, body: { errors: [{ field }] } }, field)
  }
  const reserved = { ...workload, records: 10, topic: { kind: 'existing', name: 'audit-logs', confirm: 'audit-logs' } }
  t.match(await ask('POST', 'plan', reserved), { body: { code: 'topic_protected' } })
})
