import t from 'tap'
import Value from 'typebox/value'
import { allEvents, createChangedEvents } from '#services/health/domain/events/changed.ts'
import { metricsMessages, statusMessages } from '#services/health/domain/events/messages.ts'
import { healthEventSchemas } from '#shared/contracts/health-events.ts'
import type { QuorumReplica } from '#shared/kafka/cluster/port.ts'
import { metadata } from '../../plain-cluster.ts'
import { healthy, withoutThird } from './healths.ts'

function voter(id: number, lag: number | null): QuorumReplica {
  return { id, directoryId: null, logEndOffset: null, lag, lastFetchTimestamp: null, lastCaughtUpTimestamp: null }
}

for (const [name, health] of Object.entries({
  'a cluster that is well': healthy(),
  'a cluster without one broker': withoutThird(),
  'a cluster that cannot be read': healthy(0, { metadata: null, zookeepers: [] }),
  'a KRaft cluster': healthy(0, {
    zookeepers: [],
    quorum: {
      kind: 'kraft',
      leaderId: 1,
      leaderEpoch: 7,
      highWatermark: 100,
      voters: [voter(1, 0), voter(2, null)],
      observers: []
    }
  })
})) {
  t.test(`everything that is written of ${name} is as the contract says`, async (t) => {
    const events = allEvents(health)
    t.ok(events.length > 0)
    for (const { topic, message } of events) {
      t.ok(Value.Check(healthEventSchemas[topic], message), `${topic} ${message.serviceId} ${message.instanceId}`)
    }
  })
}

t.test('a broker that does not answer is DOWN and the cluster DEGRADED, with the reasons', async (t) => {
  const messages = new Map(statusMessages(withoutThird()).map((message) => [message.instanceId, message]))
  t.match(messages.get('kafka-3'), { serviceId: 'kafka', status: 'DOWN', responseTime: null, checkType: 'KAFKA' })
  t.match(messages.get('kafka-1'), { status: 'HEALTHY', responseTime: 3.1, details: { reachable: true } })
  t.match(messages.get('cluster'), {
    serviceId: 'kafka-cluster',
    status: 'DEGRADED',
    checkType: 'CLUSTER',
    details: { reasons: [{ code: 'broker_unreachable' }, {}], brokers: { expected: 3, reachable: 2 } }
  })
})

t.test('unknown numbers are left out of metrics instead of being 0', async (t) => {
  const health = healthy(0, { metadata: null })
  const [cluster] = metricsMessages(health)
  t.notOk(cluster && 'partitions' in cluster.metrics)
  t.notOk(cluster && 'topics' in cluster.metrics)
  t.notOk(cluster && 'clusterId' in cluster.tags)
})

t.test('the first reading is reported completely, later ones by their differences', async (t) => {
  const changes = createChangedEvents()
  const keysOf = (events: ReturnType<typeof allEvents>) =>
    events.map(({ topic, message }) => `${topic} ${message.instanceId}`).sort()
  t.same(keysOf(changes.after(healthy())).length, 1 + 3 + 3 + 1 + 2, 'cluster, brokers, ZooKeeper, and three scores')
  t.same(changes.after(healthy(5)), [], 'another time is no change')
  t.same(keysOf(changes.after(withoutThird(10))), [
    'health-scores a',
    'health-scores cluster',
    'health-status cluster',
    'health-status kafka-3'
  ])
  t.same(changes.after(withoutThird(15)), [])
  const healed = changes.after(healthy(20))
  t.match(healed.find(({ message }) => message.instanceId === 'kafka-3')?.message, { status: 'HEALTHY' })
})

t.test('a deleted topic is forgotten, and reported again when it comes back', async (t) => {
  const changes = createChangedEvents()
  const scoreOfA = (events: ReturnType<typeof allEvents>) => events.filter(({ message }) => message.instanceId === 'a')
  t.equal(scoreOfA(changes.after(healthy())).length, 1)
  t.equal(scoreOfA(changes.after(healthy(5, { metadata: metadata([]) }))).length, 0)
  t.equal(scoreOfA(changes.after(healthy(10))).length, 1)
})

t.test('while a drill is under way, the status of the cluster names it, and that is a change', async (t) => {
  const drill = {
    id: 'd1',
    kind: 'broker-stop',
    node: 'kafka-2',
    status: 'running',
    createdAt: healthy().asOf
  } as const
  const [cluster, ...others] = statusMessages(healthy(), drill)
  t.match(cluster?.details, { drill })
  for (const { details } of others) t.notMatch(details, { drill: {} })
  t.notOk('drill' in (statusMessages(healthy())[0]?.details ?? {}))
  const changes = createChangedEvents()
  changes.after(healthy())
  t.match(changes.after(healthy(), drill), [{ message: { checkType: 'CLUSTER' } }])
  t.same(changes.after(healthy(), drill), [])
})
