import t from 'tap'
import { createEpochReader } from '#shared/kafka/verifying/epoch-reader.ts'

interface Asked {
  name: string
  partitions: { partitionIndex: number; currentLeaderEpoch: number; leaderEpoch: number }[]
}

/** Brokers 1 and 2; partition 0 is led by 1 in epoch 7, partition 1 by 2 in epoch 3, partition 2 by nobody. */
function readerOf(answer: (asked: Asked['partitions'][number]) => { errorCode: number; endOffset: bigint }) {
  const requests: { broker: number; partitions: Asked['partitions'] }[] = []
  const led = (partition: number, leader: number | null, leaderEpoch: number) => ({ partition, leader, leaderEpoch })
  const brokers = {
    metadata: async () => ({ topics: [{ name: 'd', partitions: [led(0, 1, 7), led(1, 2, 3), led(2, null, 4)] }] }),
    link: (broker: number) => ({
      async request(_versions: unknown, [, topics]: [number, Asked[]]) {
        const partitions = topics[0]?.partitions ?? []
        requests.push({ broker, partitions })
        return {
          topics: [{ partitions: partitions.map((each) => ({ partition: each.partitionIndex, ...answer(each) })) }]
        }
      }
    })
  }
  const pool = { brokers, changes: {}, close() {} } as never
  return { reader: createEpochReader({ bootstrapServers: 'k:1', clientId: 'test', pool }), requests }
}

const asked = [
  { partition: 0, epoch: 5 },
  { partition: 0, epoch: 7 },
  { partition: 1, epoch: 3 },
  { partition: 2, epoch: 4 }
]

t.test('each leader is asked for its partitions, and for one epoch of each at a time', async (t) => {
  const { reader, requests } = readerOf(({ leaderEpoch }) => ({ errorCode: 0, endOffset: BigInt(leaderEpoch * 100) }))
  const { value, warnings } = await reader.epochEnds('d', asked, { deadlineMs: 1000 })
  t.same(warnings, [])
  t.same(
    value.toSorted((a, b) => a.partition - b.partition || a.epoch - b.epoch),
    [
      { partition: 0, epoch: 5, endOffset: 500, leader: 1, leaderEpoch: 7 },
      { partition: 0, epoch: 7, endOffset: 700, leader: 1, leaderEpoch: 7 },
      { partition: 1, epoch: 3, endOffset: 300, leader: 2, leaderEpoch: 3 }
    ]
  )
  t.same(
    requests.map(({ broker, partitions }) => [broker, partitions.length]).sort(),
    [
      [1, 1],
      [1, 1],
      [2, 1]
    ],
    'a partition without a leader is left out'
  )
  t.ok(requests.every(({ broker, partitions }) => partitions[0]?.currentLeaderEpoch === (broker === 1 ? 7 : 3)))
})

t.test('what a leader refuses, or does not know, is left out', async (t) => {
  const { reader } = readerOf(({ leaderEpoch }) =>
    leaderEpoch === 5 ? { errorCode: 0, endOffset: -1n } : { errorCode: leaderEpoch === 7 ? 74 : 0, endOffset: 9n }
  )
  const { value } = await reader.epochEnds('d', asked, { deadlineMs: 1000 })
  t.same(
    value.map(({ partition }) => partition),
    [1]
  )
})
