import t from 'tap'
import { readLogDirs, toLogDir, toReplicaSizes } from '#shared/kafka/brokers/log-dirs.ts'
import { plainLink } from '../plain-link.ts'

const describeLogDirs = 35

t.test('sizes leave out replicas on their way to another directory, and directories that failed', async (t) => {
  const partition = { partitionIndex: 0, offsetLag: 0n }
  const sizes = toReplicaSizes(1, [
    { errorCode: 0, topics: [{ name: 'a', partitions: [{ ...partition, partitionSize: 70n, isFutureKey: false }] }] },
    { errorCode: 0, topics: [{ name: 'a', partitions: [{ ...partition, partitionSize: 30n, isFutureKey: true }] }] },
    { errorCode: 56, topics: [{ name: 'b', partitions: [{ ...partition, partitionSize: 9n, isFutureKey: false }] }] }
  ])
  t.same(sizes, [{ broker: 1, topic: 'a', partition: 0, sizeBytes: 70 }])
})

t.test('a directory weighs what is moving into it too, and says null where the protocol says -1', async (t) => {
  const partitions = [
    { partitionIndex: 0, partitionSize: 10n, offsetLag: 0n, isFutureKey: false },
    { partitionIndex: 1, partitionSize: 5n, offsetLag: 0n, isFutureKey: true }
  ]
  const dir = { errorCode: 0, logDir: '/a', topics: [{ name: 't', partitions }], totalBytes: 100n, usableBytes: -1n }
  const offline = { errorCode: 56, logDir: '/b', topics: [], totalBytes: -1n, usableBytes: -1n }
  const { link, asked } = plainLink({ [describeLogDirs]: { errorCode: 0, results: [dir, offline] } })
  t.same(await readLogDirs(link, 1, new AbortController().signal), {
    dirs: [
      { broker: 1, dir: '/a', sizeBytes: 15, totalBytes: 100, usableBytes: null, online: true },
      { broker: 1, dir: '/b', sizeBytes: 0, totalBytes: null, usableBytes: null, online: false }
    ],
    replicaSizes: [{ broker: 1, topic: 't', partition: 0, sizeBytes: 10 }]
  })
  t.same(asked, [[describeLogDirs, [null]]])
  t.same([dir, offline].map(toLogDir), [
    {
      path: '/a',
      error: null,
      totalBytes: 100,
      usableBytes: null,
      replicas: [{ topic: 't', partition: 0, sizeBytes: 10 }]
    },
    { path: '/b', error: 'KAFKA_STORAGE_ERROR', totalBytes: null, usableBytes: null, replicas: [] }
  ])
  const { link: refusing } = plainLink({ [describeLogDirs]: { errorCode: 31, results: [] } })
  await t.rejects(readLogDirs(refusing, 1, new AbortController().signal), { code: 'kafka_not_authorized' })
})
