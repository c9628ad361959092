import t from 'tap'
import { findTopic, readExtents, readTopicReaders } from '#services/load-test/domain/drills/topic.ts'
import type { CommittedOffset, GroupReading } from '#shared/kafka/groups/port.ts'
import type { PartitionOffsets } from '#shared/kafka/model.ts'
import { healthy, topic, withMetadata } from './plain-situation.ts'

const deadline = { deadlineMs: 1000 }

t.test('a drill that names no topic makes one of its own', async (t) => {
  const own = { isShared: false, partitions: 6, replicationFactor: 3, minInsyncReplicas: 2 }
  t.same(findTopic('d', {}, healthy), { name: 'kops-drill-d', ...own })
})

t.test('a topic that is named is taken as it is, by the partition that has fewest replicas', async (t) => {
  const uneven = topic('orders')
  uneven.partitions.push({
    partition: 3,
    leader: 1,
    leaderEpoch: 1,
    replicas: [1, 2],
    isr: [1, 2],
    offlineReplicas: []
  })
  const given = { ...withMetadata({ topics: [uneven] }), minInsyncReplicas: new Map([['orders', 1]]) }
  const found = { name: 'orders', isShared: true, partitions: 4, replicationFactor: 2, minInsyncReplicas: 1 }
  t.same(findTopic('d', { topic: 'orders' }, given), found)
  t.throws(() => findTopic('d', { topic: 'gone' }, given), { code: 'topic_not_found', errors: [{ field: 'topic' }] })
})

const member = (...topics: string[]) => ({
  ...{ memberId: 'm', clientId: 'c', host: 'h' },
  assignment: topics.map((each) => ({ topic: each, partitions: [0] }))
})
const group = (name: string, memberList: GroupReading['memberList']): GroupReading => ({
  ...{ group: name, state: 'Stable', protocolType: 'consumer', members: memberList?.length ?? null },
  memberList
})
const commit = (name: string, of: string, offset: number | null): CommittedOffset => ({
  ...{ group: name, topic: of, partition: 0, offset }
})

t.test('the readers of a topic are groups with members or commits there', async (t) => {
  const asked: string[][] = []
  const reader = {
    groups: async () => ({
      value: [
        group('assigned', [member('other'), member('orders')]),
        group('elsewhere', [member('other')]),
        group('unknown', null),
        group('committed', [])
      ],
      warnings: []
    }),
    async committedOffsets(groups: string[]) {
      asked.push(groups)
      const value = [
        commit('committed', 'orders', 7),
        commit('elsewhere', 'other', 7),
        commit('unknown', 'orders', null)
      ]
      return { value, warnings: [{ code: 'broker_unreachable', message: 'silent' }] }
    }
  }
  t.same(await readTopicReaders(reader, 'orders', deadline), { groups: ['assigned', 'committed'], isPartial: true })
  t.same(asked, [['assigned', 'elsewhere', 'unknown', 'committed']])
})

function logs(offsets: Partial<PartitionOffsets>[]) {
  return {
    metadata: async () => ({ value: { ...healthy.metadata, topics: [topic('orders')] }, warnings: [] }),
    offsets: async () => ({
      value: offsets.map((each, partition) => ({
        ...{ topic: 'orders', partition, logStartOffset: 0, logEndOffset: 9 },
        ...each
      })),
      warnings: []
    })
  }
}

t.test('the extents of a topic are those of all of its partitions, or none', async (t) => {
  const whole = logs([{}, { logStartOffset: 5 }, { logEndOffset: 90 }])
  t.same(Array.from(await readExtents(whole, 'orders', deadline)), [
    [0, { start: 0, end: 9 }],
    [1, { start: 5, end: 9 }],
    [2, { start: 0, end: 90 }]
  ])
  for (const [when, offsets] of [
    ['an end is not known', [{}, {}, { logEndOffset: null }]],
    ['a beginning is not known', [{}, {}, { logStartOffset: null }]],
    ['a leader does not answer', [{}, {}]]
  ] as const) {
    await t.rejects(readExtents(logs([...offsets]), 'orders', deadline), { code: 'topic_not_ready' }, when)
  }
  const gone = { ...logs([]), metadata: async () => ({ value: { ...healthy.metadata, topics: [] }, warnings: [] }) }
  await t.rejects(readExtents(gone, 'orders', deadline), { code: 'topic_not_ready' })
})
