import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { encodeBatch } from '#shared/kafka/records/encode-batch.ts'
import type { LogRecord, RecordToWrite } from '#shared/kafka/records/port.ts'
import { decodeBatches } from '#shared/kafka/records/record-batches.ts'

async function timesOf(times: (number | undefined)[]): Promise<number[]> {
  const records = times.map((timestampMs) => ({ key: null, value: Buffer.from('x'), headers: [], timestampMs }))
  const batch = encodeBatch(records, 5000)
  t.equal(Number(batch.readBigInt64BE(35)), Math.max(...times.map((time) => time ?? 5000)), 'the latest of the batch')
  const found: number[] = []
  for await (const { records } of decodeBatches({ partition: 0, from: 0, to: 10 }, batch)) {
    for (const record of records.between(0, 10, 'ascending')) found.push(record.timestampMs)
  }
  return found
}

t.test('each record of a batch keeps its time, in whatever order they are', async (t) => {
  t.same(await timesOf([1000, 3000, 2000]), [1000, 3000, 2000])
  t.same(await timesOf([9000, 1000]), [9000, 1000])
})

t.test('a record without one has the present time', async (t) => {
  t.same(await timesOf([undefined, undefined]), [5000, 5000])
  t.same(await timesOf([7000, undefined]), [7000, 5000])
})

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)))
const record: fc.Arbitrary<RecordToWrite> = fc.record({
  key: bytes,
  value: fc.oneof(bytes, fc.constant(Buffer.alloc(20_000, 'x'))),
  headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 100 }), bytes), { maxLength: 3 }),
  timestampMs: fc.option(fc.oneof(fc.integer({ min: 4900, max: 5100 }), fc.maxSafeNat()), { nil: undefined })
})

t.test('what it encodes is decoded as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 100 }), async (records) => {
      const batch = encodeBatch(records, 5000)
      const found: LogRecord[] = []
      for await (const { records, unreadable } of decodeBatches({ partition: 0, from: 0, to: 1000 }, batch)) {
        if (unreadable.length > 0) throw new Error(unreadable[0]?.reason)
        found.push(...records.between(0, 1000, 'ascending'))
      }
      const parts = found.map(({ key, value, headers, timestampMs }) => ({ key, value, headers, timestampMs }))
      const wanted = records.map(({ timestampMs = 5000, ...parts }) => ({ ...parts, timestampMs }))
      if (!isDeepStrictEqual(parts, wanted)) throw new Error('they differ')
    }),
    { numRuns: 200 }
  )
})
