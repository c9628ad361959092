import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openFaultJournal } from '#shared/cluster/agent/fault-journal.ts'
import { plannedFault } from '#shared/cluster/agent/fault-rules.ts'
import { createHeldFaults } from '#shared/cluster/agent/held-faults.ts'
import { createNodeLock } from '#shared/cluster/agent/node-lock.ts'
import { poll } from '#shared/poll.ts'
import { createNodes } from './memory-nodes.ts'

/** The next agent, on nodes of which kafka-1 is isolated and paused and kafka-2 is stopped. */
function begin(t: Test) {
  t.teardown(() => heldFaults.close())
  const folder = t.testdir()
  const nodes = createNodes()
  nodes.isolated.add('kafka-1')
  nodes.states.set('kafka-1', 'paused').set('kafka-2', 'stopped')
  const logged: string[] = []
  const log = { info: () => {}, warn: (_: object, message: string) => void logged.push(message) }
  const journal = openFaultJournal(folder)
  const heldFaults = createHeldFaults({ runtime: nodes.runtime, journal, lock: createNodeLock(), now: Date.now, log })
  const path = join(folder, 'x.json')
  return { folder, path, journal, nodes, logged, heldFaults }
}

async function healed({ heldFaults }: ReturnType<typeof begin>): Promise<void> {
  await poll(heldFaults.open, (open) => open.length === 0, { timeoutMs: 5_000, pauseMs: 5 })
}

t.test(
  'nodes that only an unreadable record can explain are healed, except stopped ones, and the record is named',
  async (t) => {
    const begun = begin(t)
    const { nodes, path, heldFaults, logged, folder } = begun
    await writeFile(path, '{"id":')
    await heldFaults.reconcile()
    t.match(heldFaults.open(), [
      { kind: 'isolate', node: 'kafka-1' },
      { kind: 'pause', node: 'kafka-1' }
    ])
    await healed(begun)
    t.same(nodes.calls.sort(), ['heal kafka-1', 'resume kafka-1'])
    t.equal(nodes.states.get('kafka-2'), 'stopped')
    t.ok(logged.includes('no record explains the state of this node; healing it'))
    t.match(await heldFaults.warnings(), [{ code: 'storage_unavailable', target: path, message: /cannot be read/ }])

    await heldFaults.settle('down')
    t.same(await heldFaults.warnings(), [])
    t.ok((await readdir(folder)).includes('x.json.unreadable'), 'a cluster without faults sets it aside')
  }
)

t.test('a record that somebody removes is no longer named', async (t) => {
  const { path, heldFaults } = begin(t)
  await writeFile(path, '')
  await heldFaults.reconcile()
  t.match(await heldFaults.warnings(), [{ target: path }])
  await rm(path)
  t.same(await heldFaults.warnings(), [])
})

t.test('where every record can be read, what an operator did to a node stays', async (t) => {
  const { journal, heldFaults, nodes } = begin(t)
  const record = plannedFault('old', { kind: 'isolate', node: 'kafka-1', leaseMs: 1000 }, 0)
  await journal.write({ ...record, state: 'healed', healedBy: 'lease' })
  await heldFaults.reconcile()
  t.same(heldFaults.open(), [])
  t.same(nodes.calls, [])
})

t.test('while the nodes cannot be read, the agent retries', async (t) => {
  const begun = begin(t)
  const { nodes, path, heldFaults } = begun
  await writeFile(path, '')
  const { status } = nodes.runtime
  nodes.runtime.status = async () => {
    nodes.runtime.status = status
    throw new Error('the engine does not answer')
  }
  await heldFaults.reconcile()
  t.same(heldFaults.open(), [])
  await poll(
    () => heldFaults.open().length,
    (count) => count === 2,
    { timeoutMs: 5_000, pauseMs: 5 }
  )
  await healed(begun)
  t.same(nodes.calls.sort(), ['heal kafka-1', 'resume kafka-1'])
})
