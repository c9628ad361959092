// Runs alone: it restarts every broker.
import t from 'tap'
import type { HeapPlan } from '#cli/scale/heap-plan.ts'
import type { ThreadPlan } from '#cli/scale/threads.ts'
import { withAgent } from '#shared/cluster/agent/client.ts'
import { independentAdmin } from '../../integration/admin/service.ts'
import { killedAt } from '../../integration/cli/killed.ts'
import { kops } from '../../integration/cli/kops.ts'
import { definitionUnderTest } from '../../integration/support/under-test.ts'

t.setTimeout(600_000)
const admin = await independentAdmin(t)

async function complete<Plan>(...args: string[]): Promise<Plan> {
  const { code, stdout, stderr } = await kops([...args, '--json'])
  t.equal(code, 0, stderr)
  return JSON.parse(stdout) as Plan
}

/** The value that each broker has, as another client reads it. */
async function settingOf(name: string): Promise<(string | undefined)[]> {
  const resources = ['1', '2', '3'].map((broker) => ({ type: 4, name: broker, configNames: [name] }))
  const described = await admin.describeConfigs({ includeSynonyms: false, resources })
  return described.resources.map(({ configEntries }) => configEntries[0]?.configValue)
}

t.test('threads grow and shrink while brokers run, in steps that Kafka takes', async (t) => {
  t.same(await settingOf('num.io.threads'), ['4', '4', '4'])
  const grown = await complete<ThreadPlan>('scale', 'threads', '--io', '10', '--network', '4')
  t.match(grown, { applied: true, pools: [{ steps: [4] }, { steps: [8, 10] }] })
  t.same(await settingOf('num.io.threads'), ['10', '10', '10'])
  t.same(await settingOf('num.network.threads'), ['4', '4', '4'])
  const shrunk = await complete<ThreadPlan>('scale', 'threads', '--io', '4')
  t.match(shrunk.pools, [{ steps: [5, 4] }])
  t.match(await complete('scale', 'threads', '--io', '4'), { applied: false, pools: [{ steps: [] }] }, 'again')
})

t.test('a heap is given to one broker after the other, also when kops is killed in between', async (t) => {
  const nodesNow = async () => {
    const { nodes } = await withAgent(await definitionUnderTest(), (agent) => agent.status())
    return nodes.filter(({ role }) => role === 'broker')
  }
  const before = new Map((await nodesNow()).map(({ name, startedAt }) => [name, startedAt]))
  const asked = ['scale', 'heap', '400m']
  await killedAt(t, asked, /ok {2}kafka-/)
  t.equal((await definitionUnderTest()).heap.broker, '400m')
  const half = await nodesNow()
  t.equal(half.filter(({ heap }) => heap === '400m').length, 1, 'one has restarted')
  const plan = await complete<HeapPlan>(...asked)
  t.equal(plan.restarts.length, 2, 'the others are left')
  const after = await nodesNow()
  t.ok(after.every(({ heap, ready, name, startedAt }) => heap === '400m' && ready && startedAt !== before.get(name)))
  const restarted = half.find(({ heap }) => heap === '400m')
  t.equal(after.find(({ name }) => name === restarted?.name)?.startedAt, restarted?.startedAt, 'and once only')
  t.match(await complete<HeapPlan>(...asked), { restarts: [] }, 'again')
})
