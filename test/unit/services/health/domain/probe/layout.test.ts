import t from 'tap'
import { type Change, ownPartitions, planChange } from '#services/health/domain/probe/layout.ts'
import type { PartitionMetadata } from '#shared/kafka/model.ts'

const partition = (
  index: number,
  replicas: number[],
  { leader = replicas[0] ?? null, isr = replicas }: { leader?: number | null; isr?: number[] } = {}
): PartitionMetadata => ({ partition: index, leader, leaderEpoch: 1, replicas, isr, offlineReplicas: [] })

const brokers = (...ids: number[]) => ids.map((id) => ({ id, rack: null }))
const topic = (...partitions: PartitionMetadata[]) => ({ name: 'kops-probe', internal: false, partitions })

const full = topic(partition(0, [1, 2, 3]), partition(1, [2, 3, 1]), partition(2, [3, 1, 2]))

const cases: {
  when: string
  brokers: { id: number; rack: string | null }[]
  topic: ReturnType<typeof topic> | null
  expected?: number
  moved?: number[]
  change: Change | undefined
}[] = [
  {
    when: 'the topic is missing: it is created with a partition and a preferred leadership for each broker',
    brokers: brokers(3, 1, 2),
    topic: null,
    change: {
      kind: 'create',
      assignment: [
        [1, 2, 3],
        [2, 3, 1],
        [3, 1, 2]
      ]
    }
  },
  { when: 'no topic, and brokers are missing: it waits', brokers: brokers(1, 2), topic: null, change: undefined },
  {
    when: 'the topic is missing, and no more brokers are expected: as many replicas as brokers',
    brokers: brokers(1, 2),
    topic: null,
    expected: 2,
    change: {
      kind: 'create',
      assignment: [
        [1, 2],
        [2, 1]
      ]
    }
  },
  {
    when: 'one broker alone is probed too',
    brokers: brokers(7),
    topic: null,
    expected: 1,
    change: { kind: 'create', assignment: [[7]] }
  },
  {
    when: 'replicas are spread over racks',
    brokers: [
      { id: 1, rack: 'a' },
      { id: 2, rack: 'a' },
      { id: 3, rack: 'b' },
      { id: 4, rack: 'c' }
    ],
    topic: null,
    change: {
      kind: 'create',
      assignment: [
        [1, 3, 4],
        [2, 3, 4],
        [3, 4, 1],
        [4, 1, 3]
      ]
    }
  },
  { when: 'all is as it should be', brokers: brokers(1, 2, 3), topic: full, change: undefined },
  {
    when: 'a broker has come: it gets a partition with as many replicas as the others',
    brokers: brokers(1, 2, 3, 4),
    topic: full,
    change: { kind: 'add', total: 4, assignment: [[4, 1, 2]] }
  },
  {
    when: 'a broker has come, and fewer are there than a partition needs: it waits',
    brokers: brokers(1, 4),
    topic: full,
    change: undefined
  },
  {
    when: 'a broker’s partition was moved away on purpose: it gets no other',
    brokers: brokers(1, 2, 3, 4),
    topic: full,
    moved: [4],
    change: undefined
  },
  {
    when: 'a broker is down: its partition stays for it',
    brokers: brokers(1, 2),
    topic: topic(partition(0, [1, 2, 3]), partition(1, [2, 3, 1]), partition(2, [3, 1, 2], { leader: 1, isr: [1, 2] })),
    change: undefined
  },
  {
    when: 'it is back and not in sync yet: no election',
    brokers: brokers(1, 2, 3),
    topic: topic(partition(0, [1, 2, 3]), partition(1, [2, 3, 1]), partition(2, [3, 1, 2], { leader: 1, isr: [1, 2] })),
    change: undefined
  },
  {
    when: 'it is back in sync: its leadership is elected back',
    brokers: brokers(1, 2, 3),
    topic: topic(partition(0, [1, 2, 3]), partition(1, [2, 3, 1]), partition(2, [3, 1, 2], { leader: 1 })),
    change: { kind: 'elect', partitions: [2] }
  },
  { when: 'no broker is known', brokers: [], topic: null, expected: 0, change: undefined }
]

for (const { when, brokers, topic, expected = 3, moved = [], change } of cases) {
  t.test(when, async (t) => {
    t.same(planChange({ brokers, topic }, { brokersExpected: expected, moved: new Set(moved) }), change)
  })
}

t.test('a broker that is preferred leader of two partitions is probed by the first', async (t) => {
  const own = ownPartitions(topic(partition(2, [1, 3]), partition(1, [2, 1]), partition(0, [1, 2])))
  t.same(
    own.map(({ broker, partition }) => [broker, partition]),
    [
      [1, 0],
      [2, 1]
    ]
  )
})
