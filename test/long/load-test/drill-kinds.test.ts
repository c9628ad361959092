// Runs alone: it breaks brokers, and the quorum.
import t from 'tap'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import type { Drill, DrillKinds } from '#shared/contracts/drills.ts'
import {
  ask,
  assertPassed,
  drillUntil,
  ended,
  independentAdmin,
  startDrill
} from '../../integration/load-test/service.ts'
import { testMode } from '../../integration/support/test-cluster.ts'
import { agentUnderTest } from '../../integration/support/under-test.ts'

const partition = { topic: '__consumer_offsets', partition: 0 }
const group = 'kops-test-drills'

/** Long enough for a session of 6 s to end, and for other leaders. */
const sessionMs = 10_000

const rows: { request: StartDrill; only?: 'zookeeper' | 'kraft'; force?: true; says: RegExp }[] = [
  { request: { kind: 'broker-kill', node: 'kafka-2', faultDurationMs: sessionMs }, says: /kafka-2 stopped answering/ },
  { request: { kind: 'broker-pause', node: 'kafka-3', faultDurationMs: sessionMs }, says: /kafka-3 stopped answering/ },
  { request: { kind: 'controller-kill', faultDurationMs: sessionMs + 4000 }, says: /stopped answering/ },
  { request: { kind: 'leader-kill', partition, faultDurationMs: sessionMs }, says: /stopped answering/ },
  { request: { kind: 'coordinator-kill', group, faultDurationMs: sessionMs }, says: /stopped answering/ },
  {
    request: { kind: 'zookeeper-quorum-loss', faultDurationMs: 8000 },
    ...{ only: 'zookeeper', force: true, says: /no quorum/ }
  },
  {
    request: { kind: 'controller-stop', node: 'kafka-1', faultDurationMs: 5000 },
    ...{ only: 'kraft', says: /kafka-1 stopped/ }
  },
  {
    request: { kind: 'controller-quorum-loss', faultDurationMs: 8000 },
    ...{ only: 'kraft', force: true, says: /no quorum/ }
  },
  { request: { kind: 'rolling-restart' }, says: /kafka-1 stopped.*kafka-2 stopped|kafka-2 stopped.*kafka-1 stopped/ },
  { request: { kind: 'partial-partition', node: 'kafka-2', faultDurationMs: 18_000 }, says: /was cut off/ },
  {
    request: { kind: 'partial-partition', node: 'kafka-3', from: ['metadata'], faultDurationMs: 14_000 },
    says: /was cut off/
  },
  {
    request: { kind: 'slow-network', node: 'kafka-1', slow: { lossPercent: 20 }, faultDurationMs: 6000 },
    says: /took/
  },
  { request: { kind: 'disk-full', node: 'kafka-2', faultDurationMs: 12_000 }, says: /was out/ }
]

t.test('drills of every kind', async (t) => {
  const admin = await independentAdmin(t)
  const { clusterId } = await admin.describeCluster()
  // The first question for a coordinator creates the topic of the offsets.
  await admin.describeGroups([group])
  const { body: known } = await ask<DrillKinds>('GET', '/api/drills/kinds')
  for (const { request, only, force, says } of rows) {
    const name = [request.kind, ...(request.from ?? [])].join(' ')
    await t.test(name, async (t) => {
      const agent = await agentUnderTest()
      t.teardown(() => agent.close())
      const forced = force ? { clusterId, force: { reason: 'a test' } } : {}
      const info = known.kinds.find(({ kind }) => kind === request.kind)
      if (info?.available === false) {
        t.match(await ask('POST', '/api/drills', { ...request, ...forced }), { status: 422 })
        return
      }
      t.notOk(only !== undefined && only !== testMode, 'a kind of the other mode is not available')
      const drill = await drillUntil((await startDrill(t, { ...request, ...forced })).id, ended)
      t.comment(summary(drill))
      assertPassed(t, drill)
      t.match(drill.evidence?.map(({ detail }) => detail).join('; '), says)
      t.ok(drill.guards?.every((guard) => guard.passed || guard.forced))
      t.same((await agent.status()).faults, [], 'no fault is left')
    })
  }
})

/** For who reads the log: what happened, and what was predicted. */
function summary({ evidence, prediction, comparison, verdict }: Drill): string {
  return JSON.stringify({ evidence, seconds: prediction?.seconds, comparison, verdict })
}
