import t from 'tap'
import { createDryProducer } from '#shared/kafka/producing/dry-producer.ts'
import { type BatchOutcome, durableSettings } from '#shared/kafka/producing/port.ts'

t.test('every record is acknowledged without a cluster, compressed into batches', async (t) => {
  const outcomes: BatchOutcome[] = []
  const timeouts = { requestTimeoutMs: 1000, deliveryTimeoutMs: 60_000 }
  const onOutcome = (outcome: BatchOutcome) => outcomes.push(outcome)
  const producer = createDryProducer({ ...durableSettings, ...timeouts, topic: 'none', onOutcome }, 3)
  t.same(await producer.open(), { partitions: 3 })
  for (let nth = 0; nth < 3000; nth += 1) {
    producer.append({ partition: nth % 3, key: null, value: Buffer.alloc(100, 'v'), tag: nth })
  }
  await producer.flush()
  await producer.close()
  const acknowledged = outcomes.filter(({ status }) => status === 'acknowledged').flatMap(({ tags }) => tags)
  t.same(
    acknowledged.toSorted((a, b) => a - b),
    Array.from({ length: 3000 }, (_, nth) => nth)
  )
  t.ok(outcomes.every(({ compressedBytes, uncompressedBytes }) => compressedBytes < uncompressedBytes / 2))
})
