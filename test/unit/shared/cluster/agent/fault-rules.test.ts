import t from 'tap'
import {
  assertPossible,
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
import type { Fault, FaultKindStatus, InjectFault } from '#shared/contracts/cluster.ts'

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
  const cut = { kind: 'cut' as const, whole: true, detail: '4 rules' }
  t.equal(refusal('kill', node({ impairments: [cut] })), 'kafka-1 has a cut fault (4 rules)')
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
  t.same(unexplained(nodes, [], { isComplete: false }), [
    { kind: 'isolate', node: 'kafka-2' },
    { kind: 'pause', node: 'kafka-2' },
    { kind: 'isolate', node: 'kafka-3' }
  ])
  const known = [open('isolate', 'kafka-3'), open('pause', 'kafka-2'), open('kill', 'kafka-1')]
  t.same(unexplained(nodes, known, { isComplete: false }), [{ kind: 'isolate', node: 'kafka-2' }])
  t.same(unexplained(nodes, [], { isComplete: true }), [], 'with all records known, an operator did it')
})

t.test('an impaired node needs an open record of the same kind, also when all records can be read', async (t) => {
  const cut = { kind: 'cut' as const, whole: false, detail: '' }
  const nodes = [node({ impairments: [cut] })]
  const fault = plannedFault('id', { kind: 'cut', node: 'kafka-1', leaseMs: 1000 }, now)
  t.same(unexplained(nodes, [], { isComplete: true }), [{ kind: 'cut', node: 'kafka-1' }])
  t.same(unexplained(nodes, [fault], { isComplete: true }), [])
})

t.test('a fault has the parameters of its kind, and is one that the runtime can inject', async (t) => {
  const kinds: FaultKindStatus[] = [
    { kind: 'cut', available: true, detail: '' },
    { kind: 'slow', available: true, detail: '', lacks: [{ parameter: 'delayMs', detail: 'It needs netem' }] },
    { kind: 'isolate', available: false, detail: 'It needs root' },
    { kind: 'disk-full', available: false, detail: 'It needs the process' },
    { kind: 'kill', available: true, detail: '' }
  ]
  const cut = { from: ['brokers' as const], direction: 'both' as const }
  const cases: { request: Omit<InjectFault, 'node' | 'leaseMs'>; code?: string; field?: string; message?: string }[] = [
    { request: { kind: 'kill' } },
    { request: { kind: 'cut', cut } },
    { request: { kind: 'slow', slow: { lossPercent: 5 } } },
    { request: { kind: 'cut' }, code: 'validation_failed', field: 'cut' },
    { request: { kind: 'kill', cut }, code: 'validation_failed', field: 'cut' },
    { request: { kind: 'cut', cut, slow: { lossPercent: 5 } }, code: 'validation_failed', field: 'slow' },
    { request: { kind: 'slow' }, code: 'validation_failed', field: 'slow' },
    { request: { kind: 'slow', slow: { delayMs: 5 } }, code: 'fault_unavailable', field: 'slow.delayMs' },
    { request: { kind: 'isolate' }, code: 'fault_unavailable', message: 'It needs root' },
    { request: { kind: 'disk-full' }, code: 'fault_unavailable', message: 'It needs the process' },
    { request: { kind: 'pause' }, code: 'fault_unavailable' }
  ]
  for (const { request, code, field, message } of cases) {
    const judge = () => assertPossible({ ...request, node: 'kafka-1', leaseMs: 1000 }, kinds)
    if (code === undefined) t.doesNotThrow(judge, JSON.stringify(request))
    else {
      const expected = { code, ...(field && { errors: [{ field }] }), ...(message && { message }) }
      t.throws(judge, expected, JSON.stringify(request))
    }
  }
})
