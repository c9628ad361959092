import t from 'tap'
import { candidateOf, type Leaderless, leaderlessOf } from '#services/admin/domain/brokers/elect-unclean.ts'
import type { ReplicaEnd } from '#shared/kafka/moves/port.ts'

const place = { topic: 'orders', partition: 0 }
const gone: Leaderless = {
  ...place,
  leader: null,
  leaderEpoch: 4,
  replicas: [1, 2, 3],
  isr: [1],
  offlineReplicas: [1],
  alive: [2, 3]
}
const end = (broker: number, logEnd: number): ReplicaEnd => ({ ...place, broker, logEnd })
const read = (offset: number | null, partition = 0) => ({ group: 'billing', topic: 'orders', partition, offset })

const costs = [
  {
    when: 'nobody has more',
    ends: [end(2, 90), end(3, 80)],
    commits: [read(70)],
    atLeast: 0,
    says: /up to 90; records beyond that which only kafka-1/
  },
  {
    when: 'another replica has more',
    ends: [end(2, 90), end(3, 95)],
    commits: [],
    atLeast: 5,
    says: /kafka-3 has records up to 95/
  },
  {
    when: 'a group has read more',
    ends: [end(2, 90)],
    commits: [read(100)],
    atLeast: 10,
    says: /billing has read up to 100/
  },
  {
    when: 'the commit is of another partition',
    ends: [end(2, 90)],
    commits: [read(100, 1)],
    atLeast: 0,
    says: /up to 90/
  },
  {
    when: 'the new leader does not say',
    ends: [end(3, 95)],
    commits: [],
    atLeast: null,
    says: /kafka-2 did not report/
  }
]
for (const { when, ends, commits, atLeast, says } of costs) {
  t.test(`known losses when ${when}`, async (t) => {
    t.match(candidateOf(gone, ends, commits), {
      to: 2,
      outcome: 'planned',
      loss: { atLeast, lastInSync: [1], detail: says }
    })
  })
}

t.test('a live in-sync replica leads without a loss, and nothing leads if all replicas are down', async (t) => {
  t.match(candidateOf({ ...gone, isr: [1, 3] }, [], []), { outcome: 'not_possible', detail: /kafka-3 is in sync/ })
  t.match(candidateOf({ ...gone, alive: [] }, [], []), {
    to: null,
    outcome: 'not_possible',
    detail: /Start one of kafka-1/
  })
})

t.test('only partitions without a leader take part, with the replicas on brokers that answer', async (t) => {
  const { topic, alive, ...partition } = gone
  const brokers = [2, 3].map((id) => ({ id, host: 'h', port: 9090 + id, rack: null }))
  const partitions = [partition, { ...partition, partition: 1, leader: 2 }]
  const cluster = { brokers, topics: [{ name: topic, internal: false, partitions }] }
  const found = leaderlessOf(cluster, [place, { topic, partition: 1 }])
  t.match(found, [{ topic, partition: 0, alive: [2, 3] }])
  t.equal(found.length, 1)
  t.throws(() => leaderlessOf(cluster, [{ topic, partition: 7 }]), { code: 'topic_not_found' })
})
