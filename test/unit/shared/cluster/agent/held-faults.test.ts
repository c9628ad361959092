import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type FaultJournal, openFaultJournal } from '#shared/cluster/agent/fault-journal.ts'
import { plannedFault } from '#shared/cluster/agent/fault-rules.ts'
import { createHeldFaults } from '#shared/cluster/agent/held-faults.ts'
import { createNodeLock } from '#shared/cluster/agent/node-lock.ts'
import type { Fault } from '#shared/contracts/cluster.ts'
import { createNodes } from './memory-nodes.ts'

/** What a command on a node waits for. */
type Waits = (command: string, node: string) => Promise<void> | undefined

async function createFaults(t: Test, before: Fault[] = [], waits: Waits = () => undefined) {
  // Before the directory is created, because it writes there until it is closed.
  t.teardown(async () => {
    nodes.failing.clear()
    nodes.deaf.clear()
    await heldFaults.close()
  })
  const folder = join(t.testdir(), 'faults')
  const journal = openFaultJournal(folder)
  for (const fault of before) await journal.write(fault)
  const onDisk: Fault[][] = []
  const nodes = createNodes(async (command, node) => {
    onDisk.push((await openFaultJournal(folder).load()).faults)
    await waits(command, node)
  })
  const log = { info: () => {}, warn: () => {} }
  const lock = createNodeLock()
  const heldFaults = createHeldFaults({ runtime: nodes.runtime, journal, lock, now: Date.now, log })
  return { heldFaults, nodes, journal, onDisk }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 5000; !(await holds()) && Date.now() < deadline; ) await delay(5)
}

t.test('the fault is on disk before the node is touched', async (t) => {
  const { heldFaults, journal, onDisk } = await createFaults(t)
  const fault = await heldFaults.inject({ kind: 'kill', node: 'kafka-1', leaseMs: 60_000 })
  t.match(onDisk[0], [{ id: fault.id, kind: 'kill', node: 'kafka-1', state: 'injecting' }])
  t.equal(fault.state, 'active')
  t.match((await journal.load()).faults, [{ id: fault.id, state: 'active' }])
})

t.test('a lease that is not renewed ends the fault', async (t) => {
  const { heldFaults, nodes } = await createFaults(t)
  const { id } = await heldFaults.inject({ kind: 'pause', node: 'kafka-1', leaseMs: 20 })
  await until(() => heldFaults.get(id).state === 'healed')
  t.match(heldFaults.get(id), { state: 'healed', healedBy: 'lease' })
  t.same(nodes.calls, ['pause kafka-1', 'resume kafka-1'])
  t.same(heldFaults.open(), [])
})

t.test('a fault is asked about with whether its node shows it, until it is healed', async (t) => {
  const { heldFaults, nodes } = await createFaults(t)
  const cut = { from: ['brokers' as const], direction: 'both' as const }
  const { id } = await heldFaults.inject({ kind: 'cut', node: 'kafka-1', cut, leaseMs: 60_000 })
  t.match(heldFaults.get(id), { state: 'active', cut })
  t.match(await heldFaults.examine(id), { holds: true, evidence: 'kafka-1 is running; cut: 2 of 2 rules' })
  nodes.impairments.clear()
  t.match(await heldFaults.examine(id), { state: 'active', holds: false, evidence: 'kafka-1 is running' })
  await heldFaults.heal(id, 'request')
  const healed = await heldFaults.examine(id)
  t.same([healed.state, healed.holds, healed.evidence], ['healed', undefined, undefined])
})

t.test(
  'a fault that the runtime cannot inject, or without its parameters, is refused and leaves no record',
  async (t) => {
    const { heldFaults, nodes, journal } = await createFaults(t)
    await t.rejects(heldFaults.inject({ kind: 'cut', node: 'kafka-1', leaseMs: 60_000 }), {
      code: 'validation_failed',
      errors: [{ field: 'cut' }]
    })
    await t.rejects(heldFaults.inject({ kind: 'disk-slow', node: 'kafka-1', leaseMs: 60_000 }), {
      code: 'fault_unavailable'
    })
    t.same(nodes.calls, [])
    t.same((await journal.load()).faults, [])
  }
)

t.test('an impairment that no record explains is removed at the start', async (t) => {
  const { heldFaults, nodes } = await createFaults(t)
  nodes.impairments.set('kafka-2', { kind: 'slow', whole: false, detail: '1 of 2 rules' })
  nodes.states.set('kafka-1', 'paused')
  await heldFaults.reconcile()
  await until(() => heldFaults.open().length === 0)
  t.same(nodes.calls, ['unimpair kafka-2'], 'a pause may be an operator’s')
})

t.test('one fault a node, any number in the cluster', async (t) => {
  const { heldFaults } = await createFaults(t)
  await heldFaults.inject({ kind: 'isolate', node: 'kafka-1', leaseMs: 60_000 })
  await t.rejects(heldFaults.inject({ kind: 'kill', node: 'kafka-1', leaseMs: 60_000 }), { code: 'fault_conflict' })
  await heldFaults.inject({ kind: 'kill', node: 'kafka-2', leaseMs: 60_000 })
  t.equal(heldFaults.open().length, 2)
})

t.test('two askers at once: one has the node', async (t) => {
  const { heldFaults, nodes } = await createFaults(t)
  const request = { kind: 'kill', node: 'kafka-1', leaseMs: 60_000 } as const
  const results = await Promise.allSettled([heldFaults.inject(request), heldFaults.inject(request)])
  t.same(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  t.same(nodes.calls, ['kill kafka-1'])
})

t.test('an injection that fails, or has no effect, is reported as such and undone', async (t) => {
  for (const how of ['failing', 'deaf'] as const) {
    const { heldFaults, nodes } = await createFaults(t)
    nodes[how].add('isolate')
    await t.rejects(heldFaults.inject({ kind: 'isolate', node: 'kafka-1', leaseMs: 60_000 }), how)
    await until(() => heldFaults.open().length === 0)
    t.same(nodes.calls, ['isolate kafka-1', 'heal kafka-1'], how)
    t.same(heldFaults.open(), [])
  }
})

const fixedId = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'
const killing = { kind: 'kill', node: 'kafka-1', leaseMs: 60_000, id: fixedId } as const

t.test('a fault that is healed while it is injected is undone as soon as the node is let go', async (t) => {
  const deed = Promise.withResolvers<void>()
  const { heldFaults, nodes } = await createFaults(t, [], (command) => (command === 'kill' ? deed.promise : undefined))
  const injecting = heldFaults.inject(killing)
  await until(() => nodes.calls.length === 1)
  const healing = heldFaults.heal(fixedId, 'request')
  deed.resolve()
  await t.rejects(injecting, { code: 'fault_not_found' })
  t.match(await healing, { id: fixedId, state: 'healed', healedBy: 'request' })
  t.same(nodes.calls, ['kill kafka-1', 'start kafka-1'])
  t.same(heldFaults.open(), [])
})

t.test('a fault that is healed before its node is touched is never injected', async (t) => {
  const before = Promise.withResolvers<void>()
  const { heldFaults, nodes, journal } = await createFaults(t, [], (command, node) =>
    command === 'pause' && node === 'kafka-1' ? before.promise : undefined
  )
  const pausing = heldFaults.inject({ ...killing, kind: 'pause', id: randomUUID() })
  await until(() => nodes.calls.length === 1)
  const injecting = heldFaults.inject(killing)
  t.match(await heldFaults.heal(fixedId, 'request'), { id: fixedId, state: 'healed' }, 'it waits for nobody')
  before.resolve()
  await t.rejects(injecting, { code: 'fault_not_found' })
  await heldFaults.heal((await pausing).id, 'request')
  t.same(nodes.calls, ['pause kafka-1', 'resume kafka-1'])
  t.notOk((await journal.load()).faults.some(({ id }) => id === fixedId))
})

t.test('a fault that is healed while it is written down leaves its node free', async (t) => {
  const nodes = createNodes()
  const disk = Promise.withResolvers<void>()
  const written: string[] = []
  let isWriting = false
  const journal: FaultJournal = {
    async write({ state }) {
      isWriting = true
      await disk.promise
      written.push(state)
    },
    load: async () => ({ faults: [], unreadable: [] }),
    setAside: async () => {}
  }
  const log = { info: () => {}, warn: () => {} }
  const heldFaults = createHeldFaults({ runtime: nodes.runtime, journal, lock: createNodeLock(), now: Date.now, log })
  const injecting = heldFaults.inject(killing)
  await until(() => isWriting)
  t.match(await heldFaults.heal(fixedId, 'request'), { state: 'healed' }, 'it does not wait for the disk')
  disk.resolve()
  await t.rejects(injecting, { code: 'fault_not_found' })
  t.same(heldFaults.open(), [])
  await heldFaults.close()
  t.same(nodes.calls, [])
  t.same(written, ['injecting', 'healed'])
})

t.test('the id of a fault is its own', async (t) => {
  const { heldFaults } = await createFaults(t)
  t.equal((await heldFaults.inject(killing)).id, fixedId)
  await heldFaults.heal(fixedId, 'request')
  await t.rejects(heldFaults.inject(killing), { code: 'fault_conflict' })
})

t.test('failed healing is reported to the caller and retried until it works', async (t) => {
  const { heldFaults, nodes } = await createFaults(t)
  const { id } = await heldFaults.inject({ kind: 'kill', node: 'kafka-1', leaseMs: 60_000 })
  nodes.failing.add('start')
  await t.rejects(heldFaults.heal(id, 'request'), { message: 'start does not work' })
  t.match(heldFaults.get(id), { state: 'heal-failed', failure: 'start does not work' })
  await t.rejects(heldFaults.renew(id, 60_000), { code: 'fault_not_found' })
  nodes.failing.clear()
  await until(() => heldFaults.get(id).state === 'healed')
  t.match(heldFaults.get(id), { state: 'healed', healedBy: 'request', failure: undefined })
  t.equal(nodes.states.get('kafka-1'), 'running')
})

t.test('faults left open by an earlier agent are healed, whatever their lease', async (t) => {
  const later = Date.now() + 600_000
  const left = (id: string, change: Partial<Fault>) => ({
    ...plannedFault(id, { kind: 'pause', node: 'kafka-1', leaseMs: 60_000 }, later),
    ...change
  })
  const { heldFaults, nodes } = await createFaults(t, [
    left('active', { state: 'active' }),
    left('half', { state: 'injecting', kind: 'isolate', node: 'kafka-2' }),
    left('done', { state: 'healed', healedBy: 'request' })
  ])
  nodes.states.set('kafka-1', 'paused')
  await heldFaults.reconcile()
  await until(() => heldFaults.open().length === 0)
  t.match(heldFaults.get('active'), { state: 'healed', healedBy: 'reconcile' })
  t.match(heldFaults.get('half'), { state: 'healed', healedBy: 'reconcile' })
  t.match(heldFaults.get('done'), { healedBy: 'request' })
  t.same(nodes.calls.sort(), ['heal kafka-2', 'resume kafka-1'])
})

t.test('a cluster that was taken down has no fault left, and nothing is done to it', async (t) => {
  const { heldFaults, nodes } = await createFaults(t)
  const { id } = await heldFaults.inject({ kind: 'kill', node: 'kafka-1', leaseMs: 60_000 })
  await heldFaults.settle('down')
  t.match(heldFaults.get(id), { state: 'healed', healedBy: 'down' })
  t.same(nodes.calls, ['kill kafka-1'])
})

t.test('an agent that ends heals first', async (t) => {
  const { heldFaults, nodes } = await createFaults(t)
  await heldFaults.inject({ kind: 'isolate', node: 'kafka-1', leaseMs: 60_000 })
  await heldFaults.close()
  t.same(nodes.calls, ['isolate kafka-1', 'heal kafka-1'])
  await t.rejects(heldFaults.inject({ kind: 'kill', node: 'kafka-1', leaseMs: 60_000 }), { code: 'agent_unreachable' })
})

t.test('closing waits for the last write of a fault that is healed already', async (t) => {
  const nodes = createNodes()
  const written: string[] = []
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const journal: FaultJournal = {
    async write({ state }) {
      if (state === 'healed') await released
      written.push(state)
    },
    load: async () => ({ faults: [], unreadable: [] }),
    setAside: async () => {}
  }
  const log = { info: () => {}, warn: () => {} }
  const lock = createNodeLock()
  const heldFaults = createHeldFaults({ runtime: nodes.runtime, journal, lock, now: Date.now, log })
  const { id } = await heldFaults.inject({ kind: 'isolate', node: 'kafka-1', leaseMs: 60_000 })
  const healing = heldFaults.heal(id, 'request')
  await until(() => heldFaults.get(id).state === 'healed')
  const closing = heldFaults.close()
  setTimeout(release, 20)
  await closing
  t.equal(written.at(-1), 'healed')
  await healing
})
