// Runs alone: it breaks nodes.
import { randomBytes } from 'node:crypto'
import kafkajs from 'kafkajs'
import t, { type Test } from 'tap'
import { run } from '#shared/cluster/command.ts'
import { networkNames } from '#shared/cluster/local/network-plan.ts'
import type { Fault, InjectFault, NodeStatus, Reachability } from '#shared/contracts/cluster.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { eventually } from '../../integration/support/eventually.ts'
import { steadyProducer } from '../../integration/support/steady-producer.ts'
import { testMode } from '../../integration/support/test-cluster.ts'
import {
  agentUnderTest,
  connection,
  definitionUnderTest,
  kafkajsConnection
} from '../../integration/support/under-test.ts'

t.setTimeout(240_000)

/** replica.lag.time.max.ms, and the session's time-out, of the brokers' templates. */
const lagMs = 10_000
const sessionMs = 6000

const agent = await agentUnderTest()
const reader = createClusterReader({ ...connection, clientId: 'test-partial-faults' })
const admin = new kafkajs.Kafka({ clientId: 'test-partial-faults', ...kafkajsConnection }).admin()
await admin.connect()
t.teardown(async () => {
  await Promise.all([agent.close(), reader.close(), admin.disconnect()])
})

const { faultKinds } = await agent.status()
const kindNamed = (kind: Fault['kind']) => faultKinds.find((one) => one.kind === kind)
/** Without root there are no networks of the nodes' own. */
const skip = kindNamed('cut')?.available ? false : (kindNamed('cut')?.detail ?? 'this agent knows no cut')

/** The broker that gets the faults: not the controller, which has to act on them. */
const { value } = await reader.metadata({ topics: [], deadlineMs: 3000 })
const target = value.brokers.map(({ id }) => id).find((id) => id !== value.controllerId) ?? 3
const [first = 1, second = 2] = value.brokers.map(({ id }) => id).filter((id) => id !== target)
const node = `kafka-${target}`

/** One partition, its replicas on these brokers. */
async function ownTopic(t: Test, replicas: number[]): Promise<string> {
  const topic = `test-partial-${randomBytes(4).toString('hex')}`
  const replicaAssignment = [{ partition: 0, replicas }]
  await admin.createTopics({ topics: [{ topic, replicaAssignment }], waitForLeaders: true })
  t.teardown(() => admin.deleteTopics({ topics: [topic] }))
  return topic
}

/** The cluster in the view of a broker that has no fault. */
async function othersView(topic?: string) {
  const views = await reader.views({ deadlineMs: 1000, evenSilent: true, ...(topic && { topics: [topic] }) })
  const port = Number((await statusOf(`kafka-${first}`)).address.split(':')[1])
  const view = views.find(({ endpoint }) => endpoint.port === port)
  return view?.reachable ? view.metadata : undefined
}
const isrOf = async (topic: string) => (await othersView(topic))?.topics[0]?.partitions[0]?.isr.toSorted() ?? []
const registered = async () => (await othersView())?.brokers.map(({ id }) => id).toSorted() ?? []

async function statusOf(name: string): Promise<NodeStatus> {
  const found = (await agent.status()).nodes.find((one) => one.name === name)
  if (!found) throw new Error(`there is no ${name}`)
  return found
}

async function hold(t: Test, fault: Omit<InjectFault, 'node' | 'leaseMs'>, on = node): Promise<string> {
  const { id } = await agent.inject({ ...fault, node: on, leaseMs: 120_000 })
  t.teardown(() => agent.heal(id))
  t.match(await agent.fault(id), { state: 'active', holds: true }, 'it is in place')
  return id
}

/** Heals it, and checks that nothing of it is left, nor of any other. */
async function healed(t: Test, id: string): Promise<void> {
  t.match(await agent.heal(id), { state: 'healed' })
  const { nodes, faults } = await agent.status()
  t.same(faults, [])
  t.same(
    nodes.filter(({ impairments = [], isolated }) => isolated || impairments.length > 0),
    []
  )
  await eventually('all brokers are there', registered, (ids) => ids.length === 3)
  const unreachable = (from: Reachability['from']) => edgesOf(from).filter(({ reachable }) => !reachable)
  await eventually(
    'all reach each other',
    async () => unreachable((await agent.reach()).from),
    (left) => left.length === 0
  )
}

const edgesOf = (from: Reachability['from']) =>
  from.flatMap(({ node, to }) => to.map((edge) => ({ from: node, to: edge.node, ...edge })))

/** Edges between the target and the others, of one service, and whether they are open. */
async function edges(service: 'broker' | 'metadata'): Promise<Record<string, boolean>> {
  const { from } = await agent.reach()
  return Object.fromEntries(
    edgesOf(from)
      .filter((edge) => edge.service === service && (edge.from === node || edge.to === node))
      // A ZooKeeper opens no connection to a broker: what cuts these off from each other cuts that, too.
      .filter((edge) => service === 'metadata' || edge.from.startsWith('kafka-'))
      .map((edge) => [`${edge.from} -> ${edge.to}`, edge.reachable])
  )
}
const isOpen = (open: boolean) => (reachable: boolean) => reachable === open

t.test('each node reaches each other, and what this machine cannot do is refused', async (t) => {
  const { from } = await agent.reach()
  t.equal(from.length, testMode === 'kraft' ? 3 : 6)
  t.same(
    edgesOf(from).filter(({ reachable }) => !reachable),
    []
  )
  for (const { parameter, detail } of kindNamed('slow')?.lacks ?? []) {
    const slow = { [parameter]: 5000 }
    await t.rejects(agent.inject({ kind: 'slow', node, slow, leaseMs: 5000 }), {
      ...{ code: 'fault_unavailable', status: 422, errors: [{ field: `slow.${parameter}`, message: detail }] }
    })
  }
  await t.rejects(agent.inject({ kind: 'disk-slow', node, leaseMs: 5000 }), { code: 'fault_unavailable' })
  t.same((await agent.status()).faults, [])
})

t.test('cut from the other brokers only: it leaves the ISR and stays registered', { skip }, async (t) => {
  const topic = await ownTopic(t, [first, second, target])
  const producer = await steadyProducer(t, kafkajsConnection, topic, 1)
  await eventually(
    'all replicas are in sync',
    () => isrOf(topic),
    (isr) => isr.length === 3
  )
  const id = await hold(t, { kind: 'cut', cut: { from: ['brokers'], direction: 'both' } })
  const cutAt = performance.now()
  t.ok(Object.values(await edges('broker')).every(isOpen(false)), 'no edge to or from it is open')
  t.ok(Object.values(await edges('metadata')).every(isOpen(true)), 'it reaches the metadata')
  t.equal((await statusOf(node)).ready, true, 'clients reach it')
  await eventually(
    'it is out of the ISR',
    () => isrOf(topic),
    (isr) => !isr.includes(target),
    2 * lagMs
  )
  const leftMs = performance.now() - cutAt
  t.ok(leftMs > 0.9 * lagMs && leftMs < 1.5 * lagMs + 2000, `after ${Math.round(leftMs)} ms, 1 to 1.5 times the lag`)
  t.same(await registered(), [1, 2, 3], 'its session stays')
  t.match((await agent.fault(id)).evidence, /4 of 4 rules are in place and have dropped [1-9]/)
  await healed(t, id)
  await eventually(
    'it is back in the ISR',
    () => isrOf(topic),
    (isr) => isr.length === 3
  )
  t.ok(producer.acknowledged() > 0)
})

t.test('cut from the metadata only: its session ends while its peers see it', { skip }, async (t) => {
  const id = await hold(t, { kind: 'cut', cut: { from: ['metadata'], direction: 'both' } })
  const cutAt = performance.now()
  await eventually('its registration ends', registered, (ids) => ids.length > 0 && !ids.includes(target))
  const endedMs = performance.now() - cutAt
  t.ok(endedMs < sessionMs + 4000, `after ${Math.round(endedMs)} ms`)
  t.ok(Object.values(await edges('broker')).every(isOpen(true)), 'brokers reach each other')
  t.ok(Object.values(await edges('metadata')).every(isOpen(false)), 'it reaches no metadata')
  await healed(t, id)
})

t.test(
  'cut from the clients in one direction: they get no answer, and the cluster does not notice',
  { skip },
  async (t) => {
    const before = await statusOf(node)
    t.equal(before.ready, true)
    const id = await hold(t, { kind: 'cut', cut: { from: ['clients'], direction: 'outgoing' } })
    t.match(await statusOf(node), { ready: false, isolated: false, state: 'running', pid: before.pid })
    t.match((await agent.fault(id)).evidence, /1 of 1 rules are in place and have dropped [1-9]/)
    t.ok(Object.values(await edges('broker')).every(isOpen(true)))
    t.same(await registered(), [1, 2, 3])
    await healed(t, id)
    await eventually(
      'it answers',
      () => statusOf(node),
      ({ ready }) => ready
    )
  }
)

t.test('a slow network carries no more than its rate, and loses packets', { skip }, async (t) => {
  const topic = await ownTopic(t, [target])
  const producer = new kafkajs.Kafka({ clientId: 'test-partial-faults', ...kafkajsConnection }).producer()
  await producer.connect()
  t.teardown(() => producer.disconnect())
  const value = randomBytes(400_000)
  const write = async () => {
    const begun = performance.now()
    await producer.send({ topic, acks: 1, messages: [{ value }] })
    return performance.now() - begun
  }
  await write()
  const fastMs = await write()
  const id = await hold(t, { kind: 'slow', slow: { bytesPerSecond: 100_000, lossPercent: 2 } })
  const slowMs = await write()
  t.ok(slowMs > 3000, `400 kB at 100 kB/s took ${Math.round(slowMs)} ms, before ${Math.round(fastMs)} ms`)
  t.match((await agent.fault(id)).evidence, /4 of 4 rules are in place and have dropped [1-9].*2 of 2 queues/)
  await healed(t, id)
  await eventually('it is as fast as before', write, (ms) => ms < 1000)
})

t.test('a fault whose rules somebody removes does not hold, and is healed all the same', { skip }, async (t) => {
  const id = await hold(t, { kind: 'cut', cut: { from: ['brokers', 'metadata'], direction: 'incoming' } })
  const namespace = networkNames((await definitionUnderTest()).id).bridgeNamespace
  await run('nsenter', [`--net=/run/netns/${namespace}`, '--', 'nft', 'flush', 'ruleset'])
  t.match(await agent.fault(id), { state: 'active', holds: false, evidence: `${node} is running` })
  await healed(t, id)
})

const skipEnsemble = testMode === 'kraft' ? 'a KRaft cluster has no ZooKeeper' : false
t.test(
  'a full disk: a ZooKeeper stops serving at the next change, and the others go on',
  { skip: skipEnsemble },
  async (t) => {
    const id = await hold(t, { kind: 'disk-full' }, 'zookeeper-3')
    const topic = await ownTopic(t, [first, second, target])
    await eventually(
      'it does not answer',
      () => statusOf('zookeeper-3'),
      ({ ready }) => !ready
    )
    await eventually(
      'the topic is there',
      () => isrOf(topic),
      ({ length }) => length === 3
    )
    await healed(t, id)
    t.match(await statusOf('zookeeper-3'), { state: 'running', ready: true })
  }
)

t.test('a full disk: the broker ends by itself, and is back once there is room', async (t) => {
  const topic = await ownTopic(t, [first, second, target])
  const producer = await steadyProducer(t, kafkajsConnection, topic, 1)
  const { pid } = await statusOf(node)
  const id = await hold(t, { kind: 'disk-full' })
  await eventually(
    `${node} ends`,
    () => statusOf(node),
    ({ state }) => state === 'stopped',
    15_000
  )
  t.match(await agent.fault(id), { holds: true, evidence: `${node} is stopped` })
  await healed(t, id)
  const after = await statusOf(node)
  t.match(after, { state: 'running', ready: true })
  t.not(after.pid, pid)
  await eventually(
    'it is back in the ISR',
    () => isrOf(topic),
    (isr) => isr.length === 3
  )
  t.ok(producer.acknowledged() > 0)
})
