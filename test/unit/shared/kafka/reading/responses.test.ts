import t from 'tap'
import { electCoordinators, keepCoordinated } from '#shared/kafka/reading/groups.ts'
import { toReplicaSizes } from '#shared/kafka/reading/log-dirs.ts'
import { byLeader, unreadOffsets } from '#shared/kafka/reading/offsets.ts'
import { chooseVersion } from '#shared/kafka/reading/versions.ts'
import { toMetadata } from '#shared/kafka/reading/views.ts'

t.test('the first of our versions that the broker offers is chosen', async (t) => {
  const versions = [9, 8, 6].map((version) => ({ key: 2, version }))
  const cases = [
    { range: { minVersion: 0, maxVersion: 11 }, chosen: 9 },
    { range: { minVersion: 0, maxVersion: 8 }, chosen: 8 },
    { range: { minVersion: 1, maxVersion: 7 }, chosen: 6 }
  ]
  for (const { range, chosen } of cases) t.equal(chooseVersion(versions, new Map([[2, range]])).version, chosen)
  for (const offered of [new Map(), new Map([[2, { minVersion: 10, maxVersion: 11 }]])]) {
    t.throws(() => chooseVersion(versions, offered), { code: 'kafka_refused', kafkaError: 'UNSUPPORTED_VERSION' })
  }
})

t.test('metadata says null where the protocol says -1, and leaves out topics that are not there', async (t) => {
  const partition = { errorCode: 0, replicaNodes: [1, 2], isrNodes: [2], offlineReplicas: [1] }
  const topic = { topicId: '3f2a0c9e-0000-4000-8000-000000000001', isInternal: false, topicAuthorizedOperations: 0 }
  const metadata = toMetadata({
    clusterId: 'c',
    controllerId: -1,
    brokers: [{ nodeId: 1, host: 'kafka-1', port: 9092, rack: null }],
    topics: [
      { ...topic, errorCode: 3, name: 'gone', partitions: [] },
      {
        ...topic,
        errorCode: 0,
        name: 'a',
        partitions: [
          { ...partition, errorCode: 5, partitionIndex: 1, leaderId: -1, leaderEpoch: 7 },
          { ...partition, partitionIndex: 0, leaderId: 2, leaderEpoch: -1 }
        ]
      }
    ]
  })
  const rest = { replicas: [1, 2], isr: [2], offlineReplicas: [1] }
  t.same(metadata, {
    clusterId: 'c',
    controllerId: null,
    brokers: [{ id: 1, host: 'kafka-1', port: 9092, rack: null }],
    topics: [
      {
        id: '3f2a0c9e-0000-4000-8000-000000000001',
        name: 'a',
        internal: false,
        partitions: [
          { partition: 0, leader: 2, leaderEpoch: null, ...rest },
          { partition: 1, leader: null, leaderEpoch: 7, ...rest }
        ]
      }
    ]
  })
})

t.test('partitions are asked of their leaders; those without one are unavailable', async (t) => {
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

t.test('a group is coordinated by the broker that most brokers name', async (t) => {
  const says = (...nodes: [string, number][]) => nodes.map(([key, nodeId]) => ({ key, nodeId }))
  const elected = electCoordinators([says(['g', 1], ['h', 2]), says(['g', 1]), says(['g', 3], ['h', 2])])
  t.same(Array.from(elected), [
    ['g', 1],
    ['h', 2]
  ])
  const listed = ['g', 'h', 'only-here'].map((groupId) => ({ groupId, groupState: 'Stable', protocolType: 'consumer' }))
  const kept = (broker: number | undefined) => keepCoordinated(listed, broker, elected).map(({ groupId }) => groupId)
  t.same(kept(1), ['g', 'only-here'])
  t.same(kept(2), ['h', 'only-here'])
  t.same(kept(undefined), ['only-here'])
})

t.test('sizes leave out replicas on their way to another directory, and directories that failed', async (t) => {
  const partition = { partitionIndex: 0, offsetLag: 0n }
  const sizes = toReplicaSizes(1, [
    { errorCode: 0, topics: [{ name: 'a', partitions: [{ ...partition, partitionSize: 70n, isFutureKey: false }] }] },
    { errorCode: 0, topics: [{ name: 'a', partitions: [{ ...partition, partitionSize: 30n, isFutureKey: true }] }] },
    { errorCode: 56, topics: [{ name: 'b', partitions: [{ ...partition, partitionSize: 9n, isFutureKey: false }] }] }
  ])
  t.same(sizes, [{ broker: 1, topic: 'a', partition: 0, sizeBytes: 70 }])
})
