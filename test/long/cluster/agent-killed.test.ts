// Brings its own cluster: its agent is killed.
import t from 'tap'
import { agentLedger } from '#shared/cluster/agent/agent-files.ts'
import { ensureAgent } from '#shared/cluster/launch.ts'
import { createOwnCluster, until } from '../../integration/cluster/own-cluster.ts'

t.setTimeout(180_000)

const { stateDir, definition, agent } = await createOwnCluster(t)
await agent.up()
const ledger = agentLedger(stateDir)
const nodeNamed = async (name: string) => (await agent.status()).nodes.find((node) => node.name === name)

t.test('when the supervisor and its agent are both killed, the next to need them mends it', async (t) => {
  const { id } = await agent.inject({ kind: 'kill', node: 'kafka-3', leaseMs: 600_000 })
  await ledger.kill('supervisor')
  await ledger.kill('agent')
  await t.rejects(agent.status(), { code: 'agent_unreachable' })
  await ensureAgent(stateDir, definition)
  await until('the fault is healed', 30_000, async () => (await agent.fault(id)).state === 'healed')
  t.match(await nodeNamed('kafka-3'), { state: 'running', ready: true })
})

t.test('an agent that lost its supervisor gets a new one, which watches over it; its faults hold', async (t) => {
  const pids = async () => (await agent.status()).nodes.map((node) => node.pid)
  const nodes = await pids()
  const { id } = await agent.inject({ kind: 'pause', node: 'kafka-1', leaseMs: 600_000 })
  const { pid } = await ledger.status('agent')
  await ledger.signal('supervisor', 'SIGKILL')
  await ledger.waitUntilGone('supervisor', 5000)
  await until('there is a supervisor', 10_000, () => ledger.isAlive('supervisor'))
  await ensureAgent(stateDir, definition)
  t.equal((await ledger.status('agent')).pid, pid)
  t.match(await agent.fault(id), { state: 'active' })

  await ledger.signal('agent', 'SIGKILL')
  const healed = () =>
    agent.fault(id).then(
      ({ state }) => state === 'healed',
      () => false
    )
  await until('the fault is healed', 30_000, healed)
  t.not((await ledger.status('agent')).pid, pid)
  t.same(await pids(), nodes)
})
