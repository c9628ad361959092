import fc from 'fast-check'
import t from 'tap'
import { createPartitionCounts } from '#services/load-test/domain/load/partition-counts.ts'
import type { BatchOutcome } from '#shared/kafka/producing/port.ts'

function batch(change: Partial<BatchOutcome>): BatchOutcome {
  return {
    status: 'acknowledged',
    partition: 0,
    records: 1,
    firstRecord: 0,
    tags: [],
    baseOffset: 0,
    code: undefined,
    ...{ attempts: 1, broker: 1, errorAt: null },
    sentAt: 100,
    endedAt: 104,
    uncompressedBytes: 1000,
    compressedBytes: 400,
    ...change
  }
}

t.test('a partition has the records, bytes and service times of its own batches', async (t) => {
  const counts = createPartitionCounts()
  counts.enter(batch({ partition: 7, records: 30, endedAt: 110 }))
  counts.enter(batch({ partition: 7, records: 10, endedAt: 102 }))
  counts.enter(batch({ partition: 2, records: 5, status: 'failed', code: 'MESSAGE_TOO_LARGE', sentAt: null }))
  counts.enter(batch({ partition: 7, records: 3, status: 'indeterminate', code: 'DELIVERY_TIMEOUT', endedAt: 9000 }))
  t.same(counts.all(), [
    { partition: 2, acknowledged: 0, failed: 5, bytes: 0, meanServiceMs: null, maxServiceMs: null },
    { partition: 7, acknowledged: 40, failed: 3, bytes: 800, meanServiceMs: 8, maxServiceMs: 10 }
  ])
})

t.test('what several producers count together is what one would have counted', async (t) => {
  const outcome = fc.record({
    partition: fc.nat(3),
    records: fc.integer({ min: 1, max: 1000 }),
    status: fc.constantFrom('acknowledged', 'failed', 'indeterminate'),
    endedAt: fc.integer({ min: 100, max: 60_000 }),
    producer: fc.nat(2)
  })
  fc.assert(
    fc.property(fc.array(outcome, { maxLength: 60 }), (outcomes) => {
      const [one, joined] = [createPartitionCounts(), createPartitionCounts()]
      const several = [createPartitionCounts(), createPartitionCounts(), createPartitionCounts()]
      for (const { producer, ...change } of outcomes) {
        one.enter(batch(change))
        several[producer]?.enter(batch(change))
      }
      for (const each of several) joined.add(each.all())
      const rounded = (counts: typeof one) =>
        counts.all().map((each) => ({ ...each, meanServiceMs: each.meanServiceMs?.toFixed(6) }))
      return JSON.stringify(rounded(joined)) === JSON.stringify(rounded(one))
    }),
    { seed: 8, numRuns: 300 }
  )
  t.pass()
})
