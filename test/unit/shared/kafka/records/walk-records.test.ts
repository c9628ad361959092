import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { indexRecords, recordOf } from '#shared/kafka/records/batch-records.ts'
import { encodeBatch } from '#shared/kafka/records/encode-batch.ts'
import { createPace } from '#shared/kafka/records/pace.ts'
import type { RecordToWrite } from '#shared/kafka/records/port.ts'
import { walkRecords } from '#shared/kafka/records/walk-records.ts'
import { headerBytes, tinyRecord, varint } from './plain-batches.ts'

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)))
const record: fc.Arbitrary<RecordToWrite> = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.array(fc.tuple(fc.string({ maxLength: 9 }), bytes), { maxLength: 3 }),
  timestampMs: fc.option(fc.oneof(fc.integer({ min: 990, max: 1200 }), fc.maxSafeNat()), { nil: undefined })
})

/** What a walk shows. */
function walk(content: Buffer, count: number, baseOffset = 1000) {
  const seen: { offset: number; value: string | null; headers: string }[] = []
  const unreadable = walkRecords({ baseOffset, nextOffset: baseOffset + count, count }, content, (view) => {
    const { offset, valueStart, valueEnd, headersStart, headersEnd } = view
    const value = valueEnd < valueStart ? null : view.bytes.toString('hex', valueStart, valueEnd)
    seen.push({ offset, value, headers: view.bytes.toString('hex', headersStart, headersEnd) })
  })
  return { seen, unreadable }
}

t.test('it shows the records that decoding shows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), async (records) => {
      const content = encodeBatch(records, 1000).subarray(headerBytes)
      const header = { partition: 0, baseOffset: 1000, nextOffset: 1000 + records.length, count: records.length }
      const decoded = await indexRecords({ ...header, timestampOf: Number }, content, createPace())
      const all = [...decoded.records.between(0, 9999, 'ascending')]
      const copies: unknown[] = []
      walkRecords(header, content, (view) => copies.push(recordOf({ partition: 0, timestampOf: Number }, view)))
      if (!isDeepStrictEqual(copies, all)) throw new Error(JSON.stringify(copies))
      const wanted = all.map(({ offset, value, headers }) => {
        const parts = headers.flatMap(([name, content]) => [...part(Buffer.from(name)), ...part(content)])
        return {
          offset,
          value: value?.toString('hex') ?? null,
          headers: Buffer.from([...varint(headers.length), ...parts]).toString('hex')
        }
      })
      const { seen, unreadable } = walk(content, records.length)
      if (unreadable.length > 0 || JSON.stringify(seen) !== JSON.stringify(wanted))
        throw new Error(JSON.stringify(seen))
    }),
    { seed: 4, numRuns: 300 }
  )
})

function part(content: Buffer | null): number[] {
  return content === null ? varint(-1) : [...varint(content.length), ...content]
}

t.test('a length that cannot be true ends the walk, and what follows is unreadable', async (t) => {
  const cases: [when: string, content: number[], seen: number, from: number][] = [
    ['a record is longer than the batch', [...tinyRecord(0), ...varint(500), 0, 0], 1, 1001],
    ['a record is too short to be one', [...tinyRecord(0), ...varint(3), 0, 0, 0], 1, 1001],
    ['the batch has fewer records than it claims', tinyRecord(0), 1, 1001],
    ['offsets do not ascend', [...tinyRecord(1), ...tinyRecord(0)], 1, 1002],
    ['an offset is beyond the batch', [...tinyRecord(0), ...tinyRecord(77)], 1, 1001]
  ]
  for (const [when, content, seen, from] of cases) {
    const found = walk(Buffer.from(content), 3)
    t.equal(found.seen.length, seen, when)
    t.match(found.unreadable, [{ from, to: 1003 }], when)
  }
})

t.test('a field that leaves its record costs that record only', async (t) => {
  const crooked = [...varint(6), 0, 0, ...varint(1), ...varint(40), 1, 0]
  const { seen, unreadable } = walk(Buffer.from([...tinyRecord(0), ...crooked, ...tinyRecord(2)]), 3)
  t.same(
    seen.map(({ offset }) => offset),
    [1000, 1002]
  )
  t.match(unreadable, [{ from: 1001, to: 1002 }])
})

t.test('whatever the bytes are, it ends, and shows nothing outside of them', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(200), (array, count) => {
      walkRecords({ baseOffset: 0, nextOffset: count, count }, Buffer.from(array), (view) => {
        const inside = view.valueStart <= view.headersStart && view.headersEnd <= array.length
        if (!inside || view.valueEnd > view.headersStart) throw new Error(JSON.stringify(view))
      })
    }),
    { seed: 9, numRuns: 5000 }
  )
})
