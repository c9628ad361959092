// Runs alone: drills break brokers.
import t from 'tap'
import {
  ask,
  assertPassed,
  deleteRecordsBefore,
  drillUntil,
  ended,
  independentAdmin,
  reached,
  startDrill
} from '../../integration/load-test/service.ts'
import { agentUnderTest } from '../../integration/support/under-test.ts'

t.test('a broker cut off from the network costs no acknowledged record', async (t) => {
  const agent = await agentUnderTest()
  t.teardown(() => agent.close())
  const { isolation } = await agent.status()
  const request = { kind: 'network-partition', node: 'kafka-2', faultDurationMs: 14_000 } as const
  if (!isolation.available) {
    t.match(await ask('POST', '/api/drills', request), { status: 422, body: { code: 'fault_unavailable' } })
    return
  }
  const started = await startDrill(t, request)
  const during = await drillUntil(started.id, (drill) => reached('node-unreachable')(drill) || ended(drill))
  t.equal(during.status, 'running')
  t.match(
    (await agent.status()).nodes.find(({ name }) => name === 'kafka-2'),
    { isolated: true }
  )
  assertPassed(t, await drillUntil(started.id, ended))
  t.match(
    (await agent.status()).nodes.find(({ name }) => name === 'kafka-2'),
    { isolated: false, ready: true }
  )
})

t.test(
  'records that somebody deletes during a drill are not passed over, and not called lost by the cluster',
  async (t) => {
    const admin = await independentAdmin(t)
    const { id } = await startDrill(t, { kind: 'broker-stop', node: 'kafka-3', faultDurationMs: 8000 })
    await drillUntil(id, (drill) => reached('leaders-moved')(drill) || ended(drill))
    const topic = `kops-drill-${id}`
    await deleteRecordsBefore(admin, topic, 0, 25)
    const drill = await drillUntil(id, ended)
    t.equal(drill.status, 'completed')
    t.equal(drill.verdict?.result, 'inconclusive')
    t.equal(drill.verdict?.counts?.ackedLost, 0)
    t.match(drill.verdict?.reasons.join('\n'), /25 record\(s\) not delivered to a reader, and not lost: in kafka-1/)
  }
)
