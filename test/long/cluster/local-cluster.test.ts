// Brings its own cluster: the runtime is what is tested.
import { createServer } from 'node:net'
import t from 'tap'
import { agentLedger } from '#shared/cluster/agent/agent-files.ts'
import { agentDir } from '#shared/cluster/agent-sockets.ts'
import { tryRun } from '#shared/cluster/command.ts'
import { stopAgent } from '#shared/cluster/launch.ts'
import { networkNames } from '#shared/cluster/local/network-plan.ts'
import { loadNetwork } from '#shared/cluster/local/network-record.ts'
import { answersApiVersions, zooKeeperMode } from '#shared/cluster/node-probes.ts'
import { createOwnCluster, traces, until } from '../../integration/cluster/own-cluster.ts'
import { skipWithoutZooKeeper, testMode } from '../../integration/support/test-cluster.ts'

t.setTimeout(180_000)

const { stateDir, definition, agent } = await createOwnCluster(t)
const ledger = agentLedger(stateDir)
const { isolation } = await agent.status()
const skipIsolation = isolation.available ? false : isolation.detail
/** The metadata quorum: its nodes, one of them that others contact, and its address. */
const ensemble =
  testMode === 'kraft'
    ? { nodes: [], member: 'kafka-3', listener: '13/9093' }
    : { nodes: ['zookeeper-1', 'zookeeper-2', 'zookeeper-3'], member: 'zookeeper-1', listener: '21/2181' }

const broker = (number: number) => ({
  host: '127.0.0.1',
  port: definition.ports.kafka[number - 1] ?? 0,
  timeoutMs: 1000
})
const nodeNamed = async (name: string) => (await agent.status()).nodes.find((node) => node.name === name)

/** Whether one node can open a connection to another's own address. */
async function nodeReaches(from: string, address: string): Promise<boolean> {
  const namespace = networkNames(definition.id).nodeNamespace(from)
  const network = await loadNetwork(stateDir)
  const open = `exec 3<>/dev/tcp/${network?.prefix}.${address}`
  const inNamespace = ['nsenter', `--net=/run/netns/${namespace}`, 'bash', '-c', open]
  return (await tryRun('timeout', ['1', ...inNamespace])) !== undefined
}

t.test('a port that is taken is named with its node before anything is started', async (t) => {
  const port = definition.ports.kafka[1]
  const server = createServer().listen(port, '127.0.0.1')
  t.teardown(() => server.close())
  await t.rejects(agent.up(), {
    code: 'runtime_failed',
    message: new RegExp(`127.0.0.1:${port} \\(kafka-2\\) is in use`)
  })
  t.ok((await agent.status()).nodes.every(({ state }) => state === 'absent'))
})

t.test('the whole cluster comes up and answers, each node at its address', async (t) => {
  const before = performance.now()
  const status = await agent.up()
  t.comment(`up after ${Math.round(performance.now() - before)} ms, ${status.isolation.mechanism}`)
  t.same(
    status.nodes.map(({ name, state, ready }) => [name, state, ready]),
    [...ensemble.nodes, 'kafka-1', 'kafka-2', 'kafka-3'].map((name) => [name, 'running', true])
  )
  for (const port of definition.ports.jmx) {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`)
    t.match(await response.text(), /kafka_server_replicamanager_underreplicatedpartitions/, `metrics on ${port}`)
  }
})

t.test('the ZooKeepers are an ensemble', { skip: skipWithoutZooKeeper }, async (t) => {
  const modes = await Promise.all(
    definition.ports.zookeeper.map((port) => zooKeeperMode({ host: '127.0.0.1', port, timeoutMs: 1000 }))
  )
  t.same(modes.sort(), ['follower', 'follower', 'leader'])
})

t.test('up again leaves running nodes alone', async (t) => {
  const before = (await agent.status()).nodes.map(({ pid }) => pid)
  t.same(
    (await agent.up()).nodes.map(({ pid }) => pid),
    before
  )
})

t.test(
  'a node that is cut off is out of reach for clients and for its peers, until it is healed',
  { skip: skipIsolation },
  async (t) => {
    t.equal(await nodeReaches('kafka-2', '11/9092'), true, 'before')
    t.equal(await nodeReaches('kafka-1', ensemble.listener), true, 'before')
    t.match(await agent.node('kafka-1', 'isolate'), { state: 'running', isolated: true, ready: false })
    t.equal(await answersApiVersions(broker(1)), false)
    t.equal(await nodeReaches('kafka-2', '11/9092'), false)
    t.equal(await nodeReaches('kafka-1', ensemble.listener), false)
    t.equal(await answersApiVersions(broker(2)), true, 'the others go on')

    const before = performance.now()
    t.match(await nodeNamed('kafka-1'), { isolated: true })
    t.ok(performance.now() - before < 1500, 'the status does not wait for it')

    await agent.node('kafka-1', 'heal')
    await until('kafka-1 answers again', 5000, () => answersApiVersions(broker(1)))
    await until('kafka-2 reaches it again', 5000, () => nodeReaches('kafka-2', '11/9092'))
    t.match(await agent.node('kafka-1', 'heal'), { isolated: false }, 'again')
  }
)

t.test('a killed node stays down until it is started', async (t) => {
  t.match(await agent.node('kafka-2', 'kill'), { state: 'stopped', ready: false, pid: null })
  t.equal(await answersApiVersions(broker(2)), false)
  await t.rejects(agent.node('kafka-2', 'pause'), { code: 'node_state_conflict' })
  t.match(await agent.node('kafka-2', 'start'), { state: 'running', ready: true })
  const { pid } = (await nodeNamed('kafka-2')) ?? {}
  t.match(await agent.node('kafka-2', 'start'), { pid }, 'started already')
  t.match((await agent.logs('kafka-2', 50)).lines.join('\n'), /started \(kafka.server.Kafka(Raft)?Server\)/)
})

t.test('a paused node accepts and answers nothing, until it is resumed', async (t) => {
  t.match(await agent.node('kafka-3', 'pause'), { state: 'paused', ready: false })
  t.equal(await answersApiVersions(broker(3)), false)
  t.match(await agent.node('kafka-3', 'resume'), { state: 'running' })
  await until('kafka-3 answers again', 5000, () => answersApiVersions(broker(3)))
})

t.test('nodes and faults that are not there are refused by name', async (t) => {
  await t.rejects(agent.node('kafka-9', 'stop'), { code: 'node_not_found' })
  await t.rejects(agent.logs('kafka-9', 1), { code: 'node_not_found' })
  await t.rejects(agent.inject({ kind: 'kill', node: 'broker-1', leaseMs: 1000 }), { code: 'validation_failed' })
  await t.rejects(agent.inject({ kind: 'kill', node: 'kafka-1', leaseMs: 1 }), { code: 'validation_failed' })
  await t.rejects(agent.fault('1b4e28ba-2fa1-41d2-883f-0016d3cca427'), { code: 'fault_not_found' })
})

t.test('a fault lasts while its lease is renewed, and heals when it is not', async (t) => {
  const { id } = await agent.inject({ kind: 'pause', node: 'kafka-1', leaseMs: 1000 })
  await agent.renew(id, 2500)
  await t.rejects(agent.inject({ kind: 'kill', node: 'kafka-1', leaseMs: 1000 }), { code: 'fault_conflict' })
  await t.rejects(agent.node('kafka-1', 'stop'), { code: 'fault_conflict' })
  const renewedAt = performance.now()
  await until('the fault heals', 5000, async () => (await agent.fault(id)).state === 'healed')
  t.ok(performance.now() - renewedAt > 2000, 'not before the renewed lease')
  t.match(await agent.fault(id), { healedBy: 'lease' })
  t.match(await nodeNamed('kafka-1'), { state: 'running' })
  t.same((await agent.status()).faults, [])
  await t.rejects(agent.renew(id, 1000), { code: 'fault_not_found' })
})

t.test('a fault heals on request, once or twice', async (t) => {
  const { id } = await agent.inject({ kind: 'stop', node: ensemble.member, leaseMs: 30_000 })
  t.match(await nodeNamed(ensemble.member), { state: 'stopped' })
  t.match(await agent.heal(id), { state: 'healed', healedBy: 'request' })
  t.match(await nodeNamed(ensemble.member), { state: 'running', ready: true })
  t.match(await agent.heal(id), { state: 'healed' })
})

t.test('a killed agent comes back and heals its faults', async (t) => {
  const kind = isolation.available ? 'isolate' : 'pause'
  const { id } = await agent.inject({ kind, node: 'kafka-2', leaseMs: 600_000 })
  const { pid } = await ledger.status('agent')
  t.equal(await ledger.signal('agent', 'SIGKILL'), true)
  const healed = () =>
    agent.fault(id).then(
      ({ state }) => state === 'healed',
      () => false
    )
  await until('the fault is healed', 15_000, healed)
  t.match(await agent.fault(id), { healedBy: 'reconcile' })
  t.not((await ledger.status('agent')).pid, pid)
  await until('kafka-2 answers again', 5000, () => answersApiVersions(broker(2)))
})

t.test('down leaves nothing behind, with faults and a cut-off node in it', async (t) => {
  if (isolation.available) await agent.node('kafka-1', 'isolate')
  await agent.inject({ kind: 'pause', node: 'kafka-2', leaseMs: 600_000 })
  const before = performance.now()
  await agent.down()
  t.comment(`down after ${Math.round(performance.now() - before)} ms`)
  t.match(await agent.status(), {
    faults: [],
    nodes: Array(ensemble.nodes.length + 3).fill({ state: 'stopped', isolated: false })
  })
  await stopAgent(stateDir, definition)
  t.same(await traces(definition.id), [], agentDir(definition))
  await t.rejects(agent.status(), { code: 'agent_unreachable' })
})
