import t from 'tap'
import {
  isOpen,
  isRenewable,
  leaseEnd,
  leaseLeftMs,
  plannedFault,
  refusal,
  retryDelayMs,
  unexplained
} from '#shared/cluster/agent/fault-rules.ts'
import type { NodeView } from '#shared/cluster/agent/faults.ts'
import type { Fault } from '#shared/contracts/cluster.ts'

const now = Date.parse('2026-01-31T12:00:00.000Z')
const node = (change: Partial<NodeView> = {}): NodeView => ({
  name: 'kafka-1',
  state: 'running',
  isolated: false,
  ready: true,
  ...change
})

t.test('a fault is planned with the whole lease before it', async (t) => {
  t.same(plannedFault('id', { kind: 'kill', node: 'kafka-1', leaseMs: 10_000 }, now), {
    id: 'id',
    kind: 'kill',
    node: 'kafka-1',
    state: 'injecting',
    injectedAt: '2026-01-31T12:00:00.000Z',
    expiresAt: '2026-01-31T12:00:10.000Z',
    healedAt: null,
    healedBy: null
  })
})

t.test('a lease runs out, and then has nothing left', async (t) => {
  const fault = { ...plannedFault('id', { kind: 'kill', node: 'kafka-1', leaseMs: 10_000 }, now) }
  for (const { after, left } of [
    { after: 0, left: 10_000 },
    { after: 9_999, left: 1 },
    { after: 10_000, left: 0 },
    { after: 60_000, left: 0 }
  ]) {
    t.equal(leaseLeftMs(fault, now + after), left, `after ${after} ms`)
  }
  t.equal(leaseEnd(now + 5_000, 10_000), '2026-01-31T12:00:15.000Z', 'renewed from then on')
})

t.test('only an active fault can be renewed, and every unhealed fault occupies its node', async (t) => {
  const states: Record<Fault['state'], { open: boolean; renewable: boolean }> = {
    injecting: { open: true, renewable: false },
    active: { open: true, renewable: true },
    healing: { open: true, renewable: false },
    'heal-failed': { open: true, renewable: false },
    healed: { open: false, renewable: false }
  }
  for (const [state, { open, renewable }] of Object.entries(states) as [
    Fault['state'],
    { open: boolean; renewable: boolean }
  ][]) {
    const fault = { ...plannedFault('id', { kind: 'stop', node: 'kafka-1', leaseMs: 1000 }, now), state }
    t.equal(isOpen(fault), open, `${state} holds`)
    t.equal(isRenewable(fault), renewable, `${state} renews`)
  }
})

t.test('a fault needs a node that runs and is connected: its inverse leads back to no other state', async (t) => {
  t.equal(refusal('stop', node()), undefined)
  t.equal(refusal('isolate', node({ ready: false })), undefined, 'one that does not answer may be broken further')
  for (const state of ['stopped', 'paused', 'absent'] as const) t.match(refusal('kill', node({ state })), state)
  t.match(refusal('stop', node({ isolated: true })), 'is isolated')
})

t.test('attempts to heal come ever more slowly, and never stop', async (t) => {
  t.same([1, 2, 3, 4, 5, 6, 100].map(retryDelayMs), [500, 1000, 2000, 4000, 8000, 10_000, 10_000])
})

t.test('isolated and paused nodes need an open record of the same kind', async (t) => {
  const open = (kind: Fault['kind'], name: string) => plannedFault('id', { kind, node: name, leaseMs: 1000 }, now)
  const nodes = [
    node(),
    node({ name: 'kafka-2', isolated: true, state: 'paused' }),
    node({ name: 'kafka-3', isolated: true }),
    node({ name: 'zookeeper-1', state: 'stopped' })
  ]
  t.same(unexplained(nodes, []), [
    { kind: 'isolate', node: 'kafka-2' },
    { kind: 'pause', node: 'kafka-2' },
    { kind: 'isolate', node: 'kafka-3' }
  ])
  t.same(unexplained(nodes, [open('isolate', 'kafka-3'), open('pause', 'kafka-2'), open('kill', 'kafka-1')]), [
    { kind: 'isolate', node: 'kafka-2' }
  ])
})
