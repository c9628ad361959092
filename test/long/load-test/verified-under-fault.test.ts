// Runs alone: it kills a broker.
import t from 'tap'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { ask as askAdmin } from '../../integration/admin/service.ts'
import { ask, independentAdmin } from '../../integration/load-test/service.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { agentUnderTest } from '../../integration/support/under-test.ts'

const partitions = 12
const random = createRandom(5)

t.test('a verified run accounts for each record while a broker dies, and leaders and replicas move', async (t) => {
  const admin = await independentAdmin(t)
  const agent = await agentUnderTest()
  t.teardown(async () => {
    await agent.node('kafka-2', 'start').catch(() => undefined) // it runs already when the test passed
    await agent.close()
  })
  const configs = { 'min.insync.replicas': '2' }
  const { body: started } = await ask<LoadTestRun>('POST', '/api/loadtest/runs', {
    name: 'under-fault',
    topic: { kind: 'temporary', partitions, replicationFactor: 3, configs },
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

  let moves = 0
  /** Moves every partition to two of the brokers, with the leader that comes of it. */
  async function moveAll(): Promise<void> {
    const all = Array.from({ length: partitions }, (_, partition) => ({ topic: started.topic, partition }))
    const partitionAssignment = all.map(({ partition }) => {
      const [, ...replicas] = [1, 2, 3].toSorted(() => random() - 0.5)
      return { partition, replicas }
    })
    await admin.alterPartitionReassignments({ topics: [{ topic: started.topic, partitionAssignment }] })
    await askAdmin('POST', '/api/elections', { kind: 'preferred', partitions: all })
    moves += 1
  }
  const run = await eventually(
    'the run ends',
    async () => {
      // The topic may be gone by now.
      await moveAll().catch(() => undefined)
      return read()
    },
    ({ finishedAt }) => finishedAt !== null,
    180_000
  )
  t.ok(moves > 0, `all partitions have moved ${moves} times`)
  t.comment(JSON.stringify({ ...run.result?.verification, errors: run.result?.errors }))
  const verification = run.result?.verification
  t.match(run, { status: 'completed', result: { verification: { verdict: 'clean', unread: [], foreign: 0 } } })
  t.ok(verification && verification.acknowledged >= 20_000)
  t.equal(verification?.read, (verification?.acknowledged ?? 0) + (verification?.indeterminatePresent ?? 0))
})
