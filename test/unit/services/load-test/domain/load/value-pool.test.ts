import { compressionsAlgorithms } from '@platformatic/kafka'
import t from 'tap'
import { sizeAtQuantile, spreadSizes } from '#services/load-test/domain/load/payload-size.ts'
import { createValuePool, meanValueBytes } from '#services/load-test/domain/load/value-pool.ts'
import type { Payload, PayloadSize } from '#shared/contracts/load-records.ts'

const at = Date.parse('2026-01-31T12:34:56.789Z')

t.test('sizes have the quantiles of their distribution', async (t) => {
  const cases: { size: PayloadSize; quantiles: [quantile: number, bytes: number][]; mean: number }[] = [
    {
      size: { kind: 'fixed', bytes: 700 },
      quantiles: [
        [0.01, 700],
        [0.99, 700]
      ],
      mean: 700
    },
    {
      size: { kind: 'uniform', from: 1, to: 4 },
      quantiles: [
        [0.1, 1],
        [0.3, 2],
        [0.6, 3],
        [0.9, 4]
      ],
      mean: 2.5
    },
    {
      size: { kind: 'uniform', from: 100, to: 1100 },
      quantiles: [
        [0.5, 600],
        [0.9, 1000]
      ],
      mean: 600
    },
    // The mean of a log-normal distribution: the median times e to half the square of the deviation, ln(10)/2.326.
    {
      size: { kind: 'log-normal', median: 1000, p99: 10_000 },
      quantiles: [
        [0.5, 1000],
        [0.01, 100],
        [0.99, 10_000]
      ],
      mean: 1632
    }
  ]
  for (const { size, quantiles, mean } of cases) {
    const sizes = spreadSizes(size, 8192).sort((a, b) => a - b)
    for (const [quantile, bytes] of quantiles) {
      const found = sizes[Math.floor(quantile * sizes.length)] ?? 0
      t.ok(Math.abs(found - bytes) <= bytes * 0.01, `${size.kind} ${quantile}: ${found}`)
    }
    const sum = sizes.reduce((total, bytes) => total + bytes, 0)
    t.ok(Math.abs(sum / sizes.length / mean - 1) < 0.01, `${size.kind}: mean ${sum / sizes.length}`)
  }
})

t.test('no value is empty, nor larger than a record may be', async (t) => {
  t.equal(sizeAtQuantile({ kind: 'log-normal', median: 1, p99: 100 }, 0.001), 1)
  t.equal(sizeAtQuantile({ kind: 'log-normal', median: 500_000, p99: 1_000_000 }, 0.9999), 1_000_000)
})

t.test('a pool has the mean size that is foretold, in at most about 16 MiB', async (t) => {
  const payloads: Payload[] = [
    { kind: 'log-events' },
    { kind: 'lines', lines: ['a', 'bbb', 'é'] },
    { kind: 'random', compressibility: 0.5, size: { kind: 'fixed', bytes: 1_000_000 } },
    { kind: 'random', compressibility: 0.5, size: { kind: 'log-normal', median: 10_000, p99: 200_000 } },
    { kind: 'random', compressibility: 0.5, size: { kind: 'uniform', from: 10, to: 200 } }
  ]
  for (const payload of payloads) {
    const { values, meanBytes } = createValuePool(payload, 1, at)
    const bytes = values.reduce((sum, { length }) => sum + length, 0)
    t.equal(meanBytes, bytes / values.length)
    t.ok(values.length > 1 && values.length <= 8192 && bytes < 18 * 1024 * 1024, `${values.length} of ${bytes} bytes`)
    t.ok(Math.abs(meanBytes / meanValueBytes(payload) - 1) < 0.01, `${meanBytes} of ${meanValueBytes(payload)}`)
  }
})

/** Snappy's ratio over batches of 64 KiB, or of one value each if it is larger. */
function snappyRatio(values: Buffer[]): number {
  let batch: Buffer[] = []
  let [before, after, size] = [0, 0, 0]
  for (const value of values.slice(0, 1500)) {
    batch.push(value)
    size += value.length
    if (size < 65_536) continue
    before += size
    after += compressionsAlgorithms.snappy.compressSync(Buffer.concat(batch)).length
    batch = []
    size = 0
  }
  return after / before
}

t.test('snappy removes the share of random values that the payload names', async (t) => {
  const sizes: PayloadSize[] = [
    { kind: 'fixed', bytes: 100 },
    { kind: 'fixed', bytes: 1024 },
    { kind: 'fixed', bytes: 100_000 },
    { kind: 'log-normal', median: 500, p99: 5000 }
  ]
  for (const size of sizes) {
    for (const compressibility of [0, 0.3, 0.6, 0.9]) {
      const { values } = createValuePool({ kind: 'random', size, compressibility }, 1, at)
      const ratio = snappyRatio(values)
      t.ok(Math.abs(ratio - (1 - compressibility)) < 0.04, `${JSON.stringify(size)} ${compressibility}: ${ratio}`)
    }
    const { values } = createValuePool({ kind: 'random', size, compressibility: 1 }, 1, at)
    t.ok(snappyRatio(values) < 0.07, 'a text alone')
  }
})

t.test('the same seed makes the same values, another seed others; neighbours differ', async (t) => {
  const payload: Payload = { kind: 'random', compressibility: 0.6, size: { kind: 'uniform', from: 500, to: 2000 } }
  const [a, b, c] = [1, 1, 2].map((seed) => createValuePool(payload, seed, at).values.slice(0, 200))
  t.same(a, b)
  t.not(a?.[0]?.toString('hex'), c?.[0]?.toString('hex'))
  t.equal(new Set(a?.map((value) => value.toString('hex'))).size, 200)
})

t.test('a run of few records has no more log events, the first of those that a longer one has', async (t) => {
  const [few, many] = [20, 9000].map((records) => createValuePool({ kind: 'log-events' }, 1, at, records))
  t.equal(few?.values.length, 20)
  t.equal(many?.values.length, 8192)
  t.same(few?.values, many?.values.slice(0, 20))
  t.same(few?.keys, many?.keys.slice(0, 20))
})

t.test('lines are the values, in their order', async (t) => {
  const { values, keys } = createValuePool({ kind: 'lines', lines: ['one', 'two', 'żółw'] }, 1, at)
  t.same(values.map(String), ['one', 'two', 'żółw'])
  t.same(keys, [])
})
