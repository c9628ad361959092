import t from 'tap'
import { createBatchSize } from '#shared/kafka/producing/batch-size.ts'

t.test('a batch may grow as far as it compresses, step by step', async (t) => {
  const size = createBatchSize(16_384, 'snappy')
  t.equal(size.limitBytes(), 16_384, 'nothing is known at first, and 5 % are kept in reserve')
  for (let batch = 0; batch < 500; batch += 1) size.observe(10_061, 4061)
  t.ok(Math.abs(size.limitBytes() - (16_323 / 0.42 + 61)) < 2, `${size.limitBytes()}`)
  size.observe(10_061, 10_061)
  t.ok(size.limitBytes() < 16_500, 'one that does not compress is noticed at once')
})

t.test('without compression a batch has the size asked for', async (t) => {
  const size = createBatchSize(16_384, 'none')
  size.observe(10_000, 10_000)
  t.equal(size.limitBytes(), 16_384)
})

t.test('a batch never exceeds what brokers accept if it does not compress at all', async (t) => {
  const size = createBatchSize(131_072, 'zstd')
  for (let batch = 0; batch < 500; batch += 1) size.observe(1_000_061, 1061)
  t.equal(size.limitBytes(), 1_000_000)
})
