import t from 'tap'
import { planHeap } from '#cli/scale/heap-plan.ts'
import type { NodeStatus } from '#shared/contracts/cluster.ts'

const GiB = 2 ** 30
const node = (name: string, change: Partial<NodeStatus> = {}): NodeStatus => ({
  ...{ name, role: name.startsWith('kafka') ? 'broker' : 'zookeeper', state: 'running', isolated: false, ready: true },
  ...{ address: '127.0.0.1:1', pid: 1, startedAt: null, heap: '384m' },
  ...change
})
const nodes = [...[1, 2, 3].map((id) => node(`zookeeper-${id}`)), ...[1, 2, 3].map((id) => node(`kafka-${id}`))]
const asked = { before: '384m', after: '1g', zookeeper: '96m', controller: 'kafka-1' }

t.test('brokers restart one after the other, the controller last, and ZooKeeper not at all', async (t) => {
  const plan = planHeap(asked, { nodes }, 16 * GiB)
  t.same(plan.restarts, ['kafka-2', 'kafka-3', 'kafka-1'])
  t.match(plan.memory, { heapsBytes: 3 * GiB + 288 * 2 ** 20, objections: [] })
})

t.test('what has the heap, in whatever notation, or is down, does not restart', async (t) => {
  const some = [node('kafka-1', { heap: '1024m' }), node('kafka-2', { state: 'stopped', pid: null }), node('kafka-3')]
  t.same(planHeap(asked, { nodes: some }, 16 * GiB).restarts, ['kafka-3'])
})

t.test('a broker whose heap cannot be seen restarts', async (t) => {
  const { heap: _, ...unseen } = node('kafka-1')
  t.same(planHeap(asked, { nodes: [unseen] }, 16 * GiB).restarts, ['kafka-1'])
})

t.test('heaps that leave too little memory are objected to', async (t) => {
  t.match(planHeap({ ...asked, after: '8g' }, { nodes }, 16 * GiB).memory.objections, [/24.3 GiB of 16.0 GiB/])
  t.same(planHeap({ ...asked, after: '4g' }, { nodes }, 17 * GiB).memory.objections, [])
})
