// Runs alone: a drill expects a cluster that nothing else changes, and one kills a broker.
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import type { ConsumedGroup, DrillConsumers } from '#shared/contracts/drill-consumers.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import { type Drill, DrillSchema } from '#shared/contracts/drills.ts'
import { drillUntil, ended, independentAdmin, isGone, startDrill } from '../../integration/load-test/service.ts'
import { testMode } from '../../integration/support/test-cluster.ts'

const session = { sessionTimeoutMs: 6000 }

async function runDrill(t: Test, request: StartDrill): Promise<{ drill: Drill; group: ConsumedGroup }> {
  const { id } = await startDrill(t, request)
  const drill = await drillUntil(id, ended, 300_000)
  t.equal(Value.Check(DrillSchema, drill), true)
  t.equal(drill.status, 'completed', drill.failure ?? '')
  t.equal(drill.verdict?.result, 'pass', drill.verdict?.reasons.join('; ') ?? '')
  const [group] = drill.consumers ?? []
  if (!group) throw new Error('the drill has no group')
  const { skipped, unconsumed, doubleOwned, lastPartitionMs, predictedSeconds, rebalances, lagPeak, drainMs } = group
  t.same({ skipped, unconsumed, doubleOwned }, { skipped: 0, unconsumed: 0, doubleOwned: 0 })
  t.equal(group.partitions.length, 6)
  t.comment(JSON.stringify({ kind: request.kind, lastPartitionMs, predictedSeconds, rebalances, lagPeak, drainMs }))
  return { drill, group }
}

const cases: { request: StartDrill; ends: Record<string, number>; mostSeconds: number; leastSeconds?: number }[] = [
  {
    request: { kind: 'member-kill', faultDurationMs: 12_000, consumers: session },
    ends: { 'killed by SIGKILL': 1, left: 3 },
    ...{ leastSeconds: 4, mostSeconds: 12 }
  },
  {
    request: { kind: 'member-pause', faultDurationMs: 12_000, consumers: session },
    ends: { left: 3 },
    ...{ leastSeconds: 4, mostSeconds: 12 }
  },
  {
    request: { kind: 'member-pause', faultDurationMs: 5000, consumers: { sessionTimeoutMs: 30_000 } },
    ends: { left: 3 },
    ...{ leastSeconds: 4.9, mostSeconds: 9 }
  },
  { request: { kind: 'member-leave', faultDurationMs: 6000, consumers: session }, ends: { left: 4 }, mostSeconds: 5 },
  {
    request: { kind: 'rolling-deploy', consumers: { ...session, commit: 'interval' } },
    ends: { left: 6 },
    mostSeconds: 8
  },
  {
    request: { kind: 'rolling-deploy', consumers: { ...session, sessionTimeoutMs: 30_000, staticMembership: true } },
    ends: { left: 6 },
    mostSeconds: 31
  }
]

for (const { request, ends, mostSeconds, leastSeconds = 0 } of cases) {
  t.test(`${request.kind} ${JSON.stringify(request.consumers)}`, async (t) => {
    const { drill, group } = await runDrill(t, request)
    t.same(
      Object.fromEntries(
        Array.from(
          Map.groupBy(group.members, ({ end }) => end),
          ([end, all]) => [end, all.length]
        )
      ),
      ends
    )
    const seconds = Number(group.lastPartitionMs) / 1000
    t.ok(seconds > leastSeconds && seconds < mostSeconds, `every partition again after ${seconds} s`)
    t.equal(await isGone(await independentAdmin(t), `kops-drill-${drill.id}`), true)
  })
}

t.test('the coordinator of the group dies, and consumers go on', async (t) => {
  const { group } = await runDrill(t, {
    kind: 'coordinator-kill',
    faultDurationMs: 15_000,
    consumers: session
  })
  t.equal(group.predictedSeconds, null)
  t.same(
    group.members.map(({ end }) => end),
    ['left', 'left', 'left']
  )
})

t.test('KIP-848, where the brokers have it', async (t) => {
  const consumers: DrillConsumers = { protocol: 'consumer' }
  if (testMode === 'zookeeper') {
    await t.rejects(startDrill(t, { kind: 'member-leave', consumers }), { message: /422 .*KRaft/ })
    return
  }
  const { group } = await runDrill(t, { kind: 'member-leave', faultDurationMs: 10_000, consumers })
  t.match(group, { protocol: 'consumer', client: '@platformatic/kafka', rebalances: null })
})
