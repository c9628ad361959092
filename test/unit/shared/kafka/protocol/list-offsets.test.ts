import t from 'tap'
import type { BrokerLink } from '#shared/kafka/connection/link.ts'
import { byLeader, listOffsets, readLeaderOffsets, unreadOffsets } from '#shared/kafka/protocol/list-offsets.ts'
import { plainLink } from '../plain-link.ts'

const listOffsetsKey = 2

t.test('partitions are read from their leaders; those without one are unavailable', async (t) => {
  const partition = (partition: number, leader: number | null) => ({
    partition,
    leader,
    leaderEpoch: 5,
    replicas: [],
    isr: [],
    offlineReplicas: []
  })
  const { led, leaderless } = byLeader([
    { name: 'a', internal: false, partitions: [partition(0, 1), partition(1, 2), partition(2, 1)] },
    { name: 'b', internal: false, partitions: [partition(0, 1), partition(1, null)] }
  ])
  const at = (partition: number) => ({ partition, leaderEpoch: 5 })
  t.same(Array.from(led), [
    [
      1,
      [
        { topic: 'a', partitions: [at(0), at(2)] },
        { topic: 'b', partitions: [at(0)] }
      ]
    ],
    [2, [{ topic: 'a', partitions: [at(1)] }]]
  ])
  const unknown = { logStartOffset: null, logEndOffset: null }
  t.same(leaderless, [{ topic: 'b', partition: 1, ...unknown, reason: 'partition_unavailable' }])
  t.same(unreadOffsets(led.get(2) ?? []), [{ topic: 'a', partition: 1, ...unknown, reason: 'broker_unreachable' }])
})

t.test('start offsets are asked for at once, end offsets after what they must not be older than', async (t) => {
  const asked: bigint[] = []
  const request = async (_versions: unknown, args: unknown[]) => {
    const topics = args[2] as { partitions: { timestamp: bigint }[] }[]
    const timestamp = topics[0]?.partitions[0]?.timestamp ?? 0n
    asked.push(timestamp)
    const offset = timestamp === -2n ? 3n : 7n
    return { topics: [{ name: 'a', partitions: [{ partitionIndex: 0, errorCode: 0, offset }] }] } as never
  }
  const link: BrokerLink = { ...plainLink({}).link, request }
  const { promise, resolve } = Promise.withResolvers<void>()
  const led = [{ topic: 'a', partitions: [{ partition: 0, leaderEpoch: 5 }] }]
  const reading = readLeaderOffsets(link, led, new AbortController().signal, promise)
  t.same(asked, [-2n])
  resolve()
  t.same(await reading, [{ topic: 'a', partition: 0, logStartOffset: 3, logEndOffset: 7 }])
  t.same(asked, [-2n, -1n])
})

t.test('a leader is asked as by a consumer; a replica that does not lead, by its own id', async (t) => {
  const { link, asked } = plainLink({ [listOffsetsKey]: { topics: [] } })
  const partitions = [
    { partition: 0, leaderEpoch: 3 },
    { partition: 1, leaderEpoch: null }
  ]
  const signal = new AbortController().signal
  await listOffsets(link, [{ topic: 'a', partitions }], -1n, signal, { isolation: 'read_committed' })
  await listOffsets(link, [{ topic: 'a', partitions }], -2n, signal, { replicaId: -2 })
  const topics = (timestamp: bigint) => [
    {
      name: 'a',
      partitions: [
        { partitionIndex: 0, currentLeaderEpoch: 3, timestamp },
        { partitionIndex: 1, currentLeaderEpoch: -1, timestamp }
      ]
    }
  ]
  t.same(asked, [
    [listOffsetsKey, [-1, 1, topics(-1n)]],
    [listOffsetsKey, [-2, 0, topics(-2n)]]
  ])
})
