import t from 'tap'
import {
  hasTakenEffect,
  healing,
  inverses,
  isOpen,
  isRenewable,
  isUndone,
  leaseEnd,
  leaseLeftMs,
  type NodeView,
  plannedFault,
  refusal,
  retryDelayMs
} from '#shared/cluster/agent/fault-rules.ts'
import type { Fault, FaultKind } from '#shared/contracts/cluster.ts'

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

t.test('only an active fault can be renewed, and every one that is not healed holds its node', async (t) => {
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
  t.match(refusal('stop', node({ isolated: true })), 'cut off')
})

t.test('each kind is seen in the status, and so is its end', async (t) => {
  const cases: { kind: FaultKind; during: NodeView; after: NodeView; inverse: string }[] = [
    { kind: 'stop', during: node({ state: 'stopped', ready: false }), after: node(), inverse: 'start' },
    { kind: 'kill', during: node({ state: 'stopped', ready: false }), after: node(), inverse: 'start' },
    {
      kind: 'pause',
      during: node({ state: 'paused', ready: false }),
      after: node({ ready: false }),
      inverse: 'resume'
    },
    { kind: 'isolate', during: node({ isolated: true, ready: false }), after: node({ ready: false }), inverse: 'heal' }
  ]
  for (const { kind, during, after, inverse } of cases) {
    t.equal(hasTakenEffect(kind, during), true, `${kind} holds`)
    t.equal(hasTakenEffect(kind, after), false, `${kind} does not hold`)
    t.equal(isUndone(kind, during), false, `${kind} is not undone`)
    t.equal(isUndone(kind, after), true, `${kind} is undone`)
    t.equal(inverses[kind], inverse)
  }
  t.equal(isUndone('kill', node({ ready: false })), false, 'a broker is back when it answers')
})

t.test('what is left to undo depends on what is still there', async (t) => {
  const stopped = node({ state: 'stopped', ready: false })
  const other = (state: NodeView['state']): NodeView => node({ name: 'kafka-2', state })
  const cases: { name: string; kind: FaultKind; nodes: NodeView[]; expected: 'undo' | 'moot' }[] = [
    { name: 'killed, the others run', kind: 'kill', nodes: [stopped, other('running')], expected: 'undo' },
    { name: 'stopped, another is paused', kind: 'stop', nodes: [stopped, other('paused')], expected: 'undo' },
    { name: 'killed, all are down', kind: 'kill', nodes: [stopped, other('stopped')], expected: 'moot' },
    { name: 'killed but never took place', kind: 'kill', nodes: [node(), other('running')], expected: 'undo' },
    { name: 'paused', kind: 'pause', nodes: [node({ state: 'paused' })], expected: 'undo' },
    { name: 'paused, and died', kind: 'pause', nodes: [stopped, other('running')], expected: 'moot' },
    { name: 'paused, and wiped', kind: 'pause', nodes: [], expected: 'moot' },
    { name: 'cut off', kind: 'isolate', nodes: [node({ isolated: true })], expected: 'undo' },
    { name: 'cut off, all are down', kind: 'isolate', nodes: [stopped], expected: 'undo' }
  ]
  for (const { name, kind, nodes, expected } of cases)
    t.equal(healing({ kind, node: 'kafka-1' }, nodes), expected, name)
})

t.test('attempts to heal come ever more slowly, and never stop', async (t) => {
  t.same([1, 2, 3, 4, 5, 6, 100].map(retryDelayMs), [500, 1000, 2000, 4000, 8000, 10_000, 10_000])
})
