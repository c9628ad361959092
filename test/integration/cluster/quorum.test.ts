// Runs alone: it kills a controller.
import t from 'tap'
import type { KraftQuorum } from '#shared/kafka/cluster/port.ts'
import { createQuorumReader } from '#shared/kafka/cluster/quorum-reader.ts'
import { ask } from '../admin/service.ts'
import { kafkaTool } from '../support/kafka-tool.ts'
import { testMode } from '../support/test-cluster.ts'
import { agentUnderTest, bootstrapServers, connection } from '../support/under-test.ts'
import { until } from './own-cluster.ts'

t.setTimeout(120_000)

const reader = createQuorumReader(connection)
const agent = await agentUnderTest()
t.teardown(async () => {
  await reader.close()
  await agent.close()
})
/** An impossible change is refused within this time, including the delay of a busy machine. */
const [answerLimitMs, busyMs] = [5000, 3000]
const skipUnlessKraft = testMode === 'kraft' ? false : 'a cluster with ZooKeeper has no quorum of controllers'

/** Polls until the quorum is in the expected state. */
async function untilQuorum(what: string, wanted: (quorum: KraftQuorum) => boolean): Promise<KraftQuorum> {
  const seen: KraftQuorum[] = []
  await until(what, 60_000, async () => {
    const quorum = await reader.describeQuorum({ deadlineMs: 2000 }).catch(() => undefined)
    if (quorum?.kind !== 'kraft' || !wanted(quorum)) return false
    seen.push(quorum)
    return true
  })
  const [quorum] = seen
  if (!quorum) throw new Error('unreachable')
  return quorum
}

t.test('a cluster with ZooKeeper says that it has no quorum', { skip: testMode === 'kraft' }, async (t) => {
  t.same(await reader.describeQuorum({ deadlineMs: 5000 }), { kind: 'zookeeper' })
})

t.test('the quorum is reported as by Kafka’s own tool', { skip: skipUnlessKraft }, async (t) => {
  const quorum = await untilQuorum('everybody has caught up', ({ voters }) =>
    voters.every(({ lag }) => lag !== null && lag <= 10)
  )
  const printed = await kafkaTool(bootstrapServers, 'metadata-quorum', ['describe', '--status'])
  const told = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(printed)?.[1])
  t.equal(quorum.leaderId, told('LeaderId'))
  t.equal(quorum.leaderEpoch, told('LeaderEpoch'))
  t.ok(quorum.highWatermark !== null && quorum.highWatermark <= told('HighWatermark'))
  t.same(
    quorum.voters.map(({ id }) => id),
    [1, 2, 3]
  )
  t.same(quorum.observers, [], 'every broker is a controller')
  const { body } = await ask('GET', '/api/brokers')
  t.match(body, {
    controllerId: quorum.leaderId,
    brokers: [1, 2, 3].map((id) => ({ id, controller: id === quorum.leaderId }))
  })
  for (const { lastFetchTimestamp } of quorum.voters) t.ok(Math.abs(Date.now() - (lastFetchTimestamp ?? 0)) < 60_000)
})

t.test(
  'when the leader of the quorum is killed another one leads, and the dead one falls behind',
  {
    skip: skipUnlessKraft
  },
  async (t) => {
    const before = await untilQuorum('there is a leader', () => true)
    const killed = `kafka-${before.leaderId}`
    t.teardown(() => agent.node(killed, 'start'))
    await agent.node(killed, 'kill')
    const after = await untilQuorum(
      'another one leads and is followed',
      ({ leaderId, voters }) =>
        leaderId !== before.leaderId &&
        // A follower that has not fetched from the new leader yet has no time.
        voters.every(({ id, lastFetchTimestamp }) => id === before.leaderId || lastFetchTimestamp !== null) &&
        voters.some(({ id, lag }) => id === before.leaderId && (lag === null || lag > 0))
    )
    t.ok(after.leaderEpoch > before.leaderEpoch)
    const { body } = await ask('GET', '/api/brokers')
    t.match(body, { controllerId: after.leaderId }, 'GET /api/brokers names the new one')

    await agent.node(killed, 'start')
    await untilQuorum('it has caught up', ({ voters }) =>
      voters.some(({ id, lag }) => id === before.leaderId && lag !== null && lag <= 10)
    )
  }
)

t.test('a quorum that has lost its majority is an error, not an old answer', { skip: skipUnlessKraft }, async (t) => {
  const nodes = ['kafka-1', 'kafka-2']
  t.teardown(() => Promise.all(nodes.map((node) => agent.node(node, 'resume'))))
  await Promise.all(nodes.map((node) => agent.node(node, 'pause')))
  await until('nobody leads', 30_000, () =>
    reader.describeQuorum({ deadlineMs: 2000 }).then(
      () => false,
      (error) => ['controller_unavailable', 'kafka_timeout'].includes(error.code)
    )
  )
  // Without two brokers the trail lacks in-sync replicas too, but that is not what the caller needs to know.
  const startedAt = performance.now()
  const created = await ask('POST', '/api/topics?topicName=quorum-lost&partitions=1&replicationFactor=3')
  const tookMs = performance.now() - startedAt
  t.match(created, { status: 503, body: { code: 'metadata_unavailable', retriable: true, detail: /quorum/ } })
  t.ok(tookMs < answerLimitMs + busyMs, `a change was refused after ${Math.round(tookMs)} ms`)
  await Promise.all(nodes.map((node) => agent.node(node, 'resume')))
  await untilQuorum('there is a leader again', () => true)
})
