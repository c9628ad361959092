import { join } from 'node:path'
import t from 'tap'
import { createClusterAgent } from '#shared/cluster/agent/cluster-agent.ts'
import { openFaultJournal } from '#shared/cluster/agent/fault-journal.ts'
import { createHeldFaults } from '#shared/cluster/agent/held-faults.ts'
import { createNodeLock } from '#shared/cluster/agent/node-lock.ts'
import { defaultHeap, defaultPorts } from '#shared/cluster/definition.ts'
import { poll } from '#shared/poll.ts'
import { createNodes } from './memory-nodes.ts'

const definition = { id: 'a', name: 'a', runtime: 'local', ports: defaultPorts, heap: defaultHeap } as const

const findRecords = async () => ({ replicas: [] })

function createAgent(folder: string, nodes: ReturnType<typeof createNodes>) {
  const lock = createNodeLock()
  const journal = openFaultJournal(join(folder, 'faults'))
  const log = { info: () => {}, warn: () => {} }
  const heldFaults = createHeldFaults({ runtime: nodes.runtime, journal, lock, now: Date.now, log })
  const agent = createClusterAgent({
    definition: { ...definition },
    runtime: nodes.runtime,
    heldFaults,
    lock,
    findRecords
  })
  return { agent, heldFaults }
}

t.test('a node restarts, paused or stopped as it may be', async (t) => {
  const nodes = createNodes()
  const { agent } = createAgent(t.testdir(), nodes)
  t.teardown(() => agent.close())
  for (const before of ['running', 'paused', 'stopped'] as const) {
    nodes.states.set('kafka-1', before)
    nodes.calls.length = 0
    t.match(await agent.node('kafka-1', 'restart'), { name: 'kafka-1', state: 'running' }, before)
    t.same(nodes.calls, ['stop kafka-1', 'start kafka-1'])
  }
  t.same((await agent.status()).faults, [])
})

t.test('a node whose agent dies in the middle of a restart is started by the next agent', async (t) => {
  const folder = t.testdir()
  const nodes = createNodes()
  nodes.failing.add('start')
  const killed = createAgent(folder, nodes)
  t.teardown(() => killed.agent.close())
  await t.rejects(killed.agent.node('kafka-1', 'restart'), 'it cannot be started, and then its agent is gone')
  t.equal(nodes.states.get('kafka-1'), 'stopped')
  nodes.failing.clear()
  const next = createAgent(folder, nodes)
  t.teardown(() => next.agent.close())
  await next.heldFaults.reconcile()
  const { done } = await poll(
    async () => nodes.states.get('kafka-1'),
    (state) => state === 'running',
    { timeoutMs: 5000, pauseMs: 5 }
  )
  t.ok(done)
})
