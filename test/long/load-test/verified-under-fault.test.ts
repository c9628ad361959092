// Runs alone: it kills a broker.
import t from 'tap'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { ask } from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { agentUnderTest } from '../../integration/support/under-test.ts'

t.test('a verified run during which a broker is killed accounts for each record, retries included', async (t) => {
  const agent = await agentUnderTest()
  t.teardown(async () => {
    await agent.node('kafka-2', 'start').catch(() => undefined) // it runs already when the test passed
    await agent.close()
  })
  const configs = { 'min.insync.replicas': '2' }
  const { body: started } = await ask<LoadTestRun>('POST', '/api/loadtest/runs', {
    name: 'under-fault',
    topic: { kind: 'temporary', partitions: 12, replicationFactor: 3, configs },
    rate: { kind: 'constant', perSecond: 1000 },
    durationSeconds: 40,
    producers: 2,
    verify: true
  })
  const read = async () => (await ask<LoadTestRun>('GET', started.links.self)).body
  const acknowledged = (least: number) =>
    eventually(`${least} are acknowledged`, read, ({ progress }) => (progress?.acknowledged ?? 0) >= least, 60_000)
  await acknowledged(3000)
  await agent.node('kafka-2', 'kill')
  await acknowledged(20_000)
  await agent.node('kafka-2', 'start')
  const run = await eventually('the run ends', read, ({ finishedAt }) => finishedAt !== null, 180_000)
  t.comment(JSON.stringify({ ...run.result?.verification, errors: run.result?.errors }))
  const verification = run.result?.verification
  t.match(run, { status: 'completed', result: { verification: { verdict: 'clean', unread: [], foreign: 0 } } })
  t.ok(verification && verification.acknowledged >= 20_000)
  t.equal(verification?.read, (verification?.acknowledged ?? 0) + (verification?.indeterminatePresent ?? 0))
})
