import t from 'tap'
import { KopsError } from '#shared/errors/catalog.ts'
import { readQuorum, toQuorum } from '#shared/kafka/cluster/describe-quorum.ts'
import type { BrokerLink } from '#shared/kafka/connection/link.ts'

const noDirectory = '00000000-0000-0000-0000-000000000000'
const voter = (replicaId: number, logEndOffset: bigint, fetched = 1000n, caughtUp = fetched) => ({
  replicaId,
  replicaDirectoryId: noDirectory,
  logEndOffset,
  lastFetchTimestamp: fetched,
  lastCaughtUpTimestamp: caughtUp
})
const partition = {
  partitionIndex: 0,
  errorCode: 0,
  errorMessage: null,
  leaderId: 2,
  leaderEpoch: 7,
  highWatermark: 98n,
  currentVoters: [voter(3, 98n), voter(2, 100n), voter(1, 40n, 900n, 300n)],
  observers: [voter(9, 101n), voter(8, -1n, -1n)]
}
const response = (partitions: object[], errorCode = 0) => ({
  errorCode,
  errorMessage: null,
  topics: [{ topicName: '__cluster_metadata', partitions: partitions.map((one) => ({ ...partition, ...one })) }]
})

t.test('voters and observers are listed by id, with their lag behind the leader', async (t) => {
  t.same(toQuorum(response([{}])), {
    kind: 'kraft',
    leaderId: 2,
    leaderEpoch: 7,
    highWatermark: 98,
    voters: [
      { id: 1, directoryId: null, logEndOffset: 40, lag: 60, lastFetchTimestamp: 900, lastCaughtUpTimestamp: 300 },
      { id: 2, directoryId: null, logEndOffset: 100, lag: 0, lastFetchTimestamp: 1000, lastCaughtUpTimestamp: 1000 },
      { id: 3, directoryId: null, logEndOffset: 98, lag: 2, lastFetchTimestamp: 1000, lastCaughtUpTimestamp: 1000 }
    ],
    observers: [
      {
        id: 8,
        directoryId: null,
        logEndOffset: null,
        lag: null,
        lastFetchTimestamp: null,
        lastCaughtUpTimestamp: null
      },
      { id: 9, directoryId: null, logEndOffset: 101, lag: 0, lastFetchTimestamp: 1000, lastCaughtUpTimestamp: 1000 }
    ]
  })
})

t.test('unknown values are null, never -1 or 0', async (t) => {
  const directory = '3f2a0c9e-0000-4000-8000-000000000001'
  const young = toQuorum(
    response([{ highWatermark: -1n, currentVoters: [{ ...voter(1, 5n, -1n), replicaDirectoryId: directory }] }])
  )
  t.match(young, {
    highWatermark: null,
    voters: [{ directoryId: directory, lag: null, lastFetchTimestamp: null, lastCaughtUpTimestamp: null }]
  })
})

t.test('a refusal is reported with its name, wherever it is in the response', async (t) => {
  const cases = [
    { given: response([{ errorCode: 6 }]), code: 'controller_unavailable', kafkaError: 'NOT_LEADER_OR_FOLLOWER' },
    { given: response([], 31), code: 'kafka_not_authorized', kafkaError: 'CLUSTER_AUTHORIZATION_FAILED' },
    { given: response([{}], 41), code: 'controller_unavailable', kafkaError: 'NOT_CONTROLLER' },
    { given: response([]), code: 'internal' }
  ]
  for (const { given, ...error } of cases) t.throws(() => toQuorum(given), error)
})

t.test('a broker that offers no DescribeQuorum has its metadata in ZooKeeper', async (t) => {
  const link = (error: Error): BrokerLink => ({
    endpoint: { host: 'kafka-1', port: 9092 },
    request: () => Promise.reject(error),
    offers: () => undefined,
    close() {}
  })
  const { signal } = new AbortController()
  const refusal = (kafkaError: string) => new KopsError('kafka_refused', 'no', { kafkaError })
  t.same(await readQuorum(link(refusal('UNSUPPORTED_VERSION')), signal), { kind: 'zookeeper' })
  await t.rejects(readQuorum(link(refusal('CLUSTER_AUTHORIZATION_FAILED')), signal), { code: 'kafka_refused' })
})
