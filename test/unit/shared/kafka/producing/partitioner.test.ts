import { murmur2 as reference } from '@platformatic/kafka'
import t from 'tap'
import { murmur2, partitionForKey } from '#shared/kafka/producing/partitioner.ts'

// org.apache.kafka.common.utils.UtilsTest.testMurmur2
const known: [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107]
]

for (const [key, hash] of known) {
  t.test(`hashes ${key} as Kafka does`, async (t) => {
    t.equal(murmur2(Buffer.from(key)) | 0, hash)
  })
}

t.test('agrees with the client for keys of every length, and stays within the partitions', async (t) => {
  for (let length = 0; length < 40; length += 1) {
    const key = 'äbcdefghij0123456789'.repeat(3).slice(0, length)
    t.equal(murmur2(Buffer.from(key)) | 0, reference(Buffer.from(key)) | 0)
    const partition = partitionForKey(key, 12)
    t.ok(partition >= 0 && partition < 12)
  }
})
