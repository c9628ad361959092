import t from 'tap'
import { describeTopic } from '#services/admin/domain/topics/describe-topic.ts'
import { topicSizes } from '#services/admin/domain/topics/topic-sizes.ts'
import { plainCluster, topicOf } from '../../plain-cluster.ts'

const topic = topicOf({ name: 'a', partitions: 2, replicationFactor: 3 })
const size = (partition: number, broker: number, sizeBytes: number) => ({ topic: 'a', partition, broker, sizeBytes })
const all = [0, 1].flatMap((partition) => [1, 2, 3].map((broker) => size(partition, broker, 10)))
const silent = [{ code: 'broker_unreachable', message: 'does not answer', target: 'kafka-2' }]
const missing = all.filter(({ partition, broker }) => partition === 0 || broker !== 2)

const cases = [
  { when: 'every replica is reported', read: { value: all, warnings: [] }, size: { sizeBytes: 60 } },
  {
    when: 'a broker that holds a replica does not answer',
    read: { value: missing, warnings: silent },
    size: { sizeBytes: null, sizeReason: 'broker_unreachable' }
  },
  {
    when: 'a broker that is no longer queried holds a replica',
    read: { value: missing, warnings: [] },
    topic: topicOf({ name: 'a', partitions: 2, replicationFactor: 3 }, new Set([2])),
    size: { sizeBytes: null, sizeReason: 'broker_unreachable' }
  },
  {
    when: 'a broker that does not answer holds none of its replicas',
    read: { value: all, warnings: [{ ...silent[0], target: 'kafka-4' }] },
    size: { sizeBytes: 60 }
  },
  {
    when: 'a replica is not on the disk yet',
    read: { value: missing, warnings: [] },
    size: { sizeBytes: null, sizeReason: 'not_measured' }
  },
  {
    when: 'a copy that is being removed is still on a disk',
    read: { value: [...all, size(0, 4, 99)], warnings: [] },
    size: { sizeBytes: 60 }
  }
]
for (const { when, read, size, topic: as = topic } of cases) {
  t.test(`the size of a topic: ${when}`, async (t) => {
    const value = read.value
    const warnings = read.warnings.map((warning) => ({ code: '', message: '', ...warning }))
    t.same(topicSizes({ value, warnings }).ofTopic(as), size)
  })
}

t.test('a partition whose replicas all report has a size, even next to one without', async (t) => {
  const sizes = topicSizes({ value: missing, warnings: silent })
  t.same(
    topic.partitions.map((partition) => sizes.ofPartition('a', partition)),
    [{ sizeBytes: 30 }, { sizeBytes: null, sizeReason: 'broker_unreachable' }]
  )
})

t.test('a described topic has a reason for each unknown size', async (t) => {
  const { reader, dead } = plainCluster([{ name: 'a', partitions: 1, replicationFactor: 3 }])
  dead.add(2)
  const unknown = { sizeBytes: null, sizeReason: 'broker_unreachable' }
  t.match(await describeTopic(reader, 'a', { now: () => new Date(), deadlineMs: 100 }), {
    ...unknown,
    partitions: [unknown],
    warnings: [{ target: 'kafka-2' }]
  })
})
