import t from 'tap'
import { readView, toMetadata } from '#shared/kafka/connection/views.ts'
import { plainLink } from '../plain-link.ts'

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

t.test('a view names the topics that were asked for and may not be described', async (t) => {
  const topic = { isInternal: false, partitions: [] }
  const { link } = plainLink({
    3: {
      ...{ clusterId: 'c', controllerId: 1, brokers: [] },
      topics: [
        { ...topic, name: 'a', errorCode: 0 },
        { ...topic, name: 'b', errorCode: 29 },
        { ...topic, name: 'c', errorCode: 3 }
      ]
    }
  })
  const view = await readView(link, ['a', 'b', 'c'], new AbortController().signal)
  t.match(view, { reachable: true, refused: ['b'], metadata: { topics: [{ name: 'a' }] } })
})
