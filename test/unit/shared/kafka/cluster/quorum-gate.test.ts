import t, { type Test } from 'tap'
import { createQuorumGate } from '#shared/kafka/cluster/quorum-gate.ts'
import { createQuorumReader } from '#shared/kafka/cluster/quorum-reader.ts'
import { type SilentBroker, silentBroker } from '../silent-broker.ts'

const describeQuorumKey = 55
const [metadata, apiVersions] = [3, 18]
const ofZookeeper = [metadata, apiVersions]
const ofKraft = [...ofZookeeper, describeQuorumKey]

/** The gate of a process that was given these brokers, and no ZooKeeper. */
function gateOf(t: Test, brokers: readonly Pick<SilentBroker, 'port'>[]) {
  const bootstrapServers = brokers.map(({ port }) => `127.0.0.1:${port}`)
  const gate = createQuorumGate({ zookeeperServers: [], bootstrapServers, clientId: 'kops-test' })
  t.teardown(() => gate.close())
  return gate
}

const questionsTo = ({ asked }: SilentBroker) => asked.filter((key) => key === describeQuorumKey).length

t.test('a ZooKeeper cluster that is too slow to identify itself is unknown and never without quorum', async (t) => {
  const slow = [await silentBroker(t), await silentBroker(t)]
  const gate = gateOf(t, slow)
  t.equal(await gate.state(), 'unknown')
  t.ok(slow.every(({ connections }) => connections === 1))
})

t.test('a ZooKeeper cluster whose nodes kops does not know is unknown, and gets no requests', async (t) => {
  const broker = await silentBroker(t, ofZookeeper)
  const gate = gateOf(t, [broker])
  t.equal(await gate.state(), 'unknown')
  t.equal(await gate.state(), 'unknown')
  t.same(broker.asked, [apiVersions])
})

t.test('nothing listens: unknown', async (t) => {
  t.equal(await gateOf(t, [{ port: 1 }]).state(), 'unknown')
})

t.test('brokers of a KRaft cluster that find no answering controller have no quorum', async (t) => {
  const brokers = [await silentBroker(t, ofKraft), await silentBroker(t, ofKraft)]
  t.equal(await gateOf(t, brokers).state(), 'absent')
  t.same(brokers.map(questionsTo), [1, 1])
})

t.test('while a broker has not answered the first question it gets no second', async (t) => {
  const brokers = [await silentBroker(t, ofKraft), await silentBroker(t, ofKraft)]
  const bootstrapServers = brokers.map(({ port }) => `127.0.0.1:${port}`)
  const reader = createQuorumReader({ bootstrapServers, clientId: 'kops-test' })
  t.teardown(() => reader.close())
  for (let nth = 0; nth < 3; nth++) {
    await t.rejects(reader.describeQuorum({ deadlineMs: 400 }), { code: 'controller_unavailable' })
  }
  t.same(brokers.map(questionsTo), [1, 1])
  t.same(
    brokers.map(({ connections }) => connections),
    [1, 1]
  )
})
