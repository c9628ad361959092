import t from 'tap'
import { toReplicaSizes } from '#shared/kafka/brokers/log-dirs.ts'

t.test('sizes leave out replicas on their way to another directory, and directories that failed', async (t) => {
  const partition = { partitionIndex: 0, offsetLag: 0n }
  const sizes = toReplicaSizes(1, [
    { errorCode: 0, topics: [{ name: 'a', partitions: [{ ...partition, partitionSize: 70n, isFutureKey: false }] }] },
    { errorCode: 0, topics: [{ name: 'a', partitions: [{ ...partition, partitionSize: 30n, isFutureKey: true }] }] },
    { errorCode: 56, topics: [{ name: 'b', partitions: [{ ...partition, partitionSize: 9n, isFutureKey: false }] }] }
  ])
  t.same(sizes, [{ broker: 1, topic: 'a', partition: 0, sizeBytes: 70 }])
})
