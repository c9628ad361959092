import t from 'tap'
import type { BatchRecords } from '#shared/kafka/records/batch-records.ts'
import { type Budget, mergeRead } from '#shared/kafka/records/merge-read.ts'
import type { LogRecord } from '#shared/kafka/records/port.ts'
import type { DecodedBatch } from '#shared/kafka/records/record-batches.ts'
import { backwardSource, type FetchBatches, forwardSource } from '#shared/kafka/records/sources.ts'

const recordBytes = 100
const endless: Budget = { bytesLeft: Number.MAX_SAFE_INTEGER, timeIsOver: false }
const older = (a: LogRecord, b: LogRecord) => a.timestampMs < b.timestampMs
const newer = (a: LogRecord, b: LogRecord) => a.timestampMs > b.timestampMs

/** A log of plain data: batches of records, given as their offsets; every fetch answers whole batches, as a broker does. */
function plainLog(batches: number[][], timeOf: (offset: number) => number = (offset) => offset) {
  const fetches: number[] = []
  let bytes = 0
  const fetch: FetchBatches = async ({ partition, from, to }, maxBytes) => {
    fetches.push(from)
    const answer: DecodedBatch[] = []
    let left = maxBytes
    for (const offsets of batches) {
      const [first = 0, last = 0] = [offsets[0], offsets.at(-1)]
      if (last < from || (answer.length > 0 && (first >= to || left <= 0))) continue
      const weight = offsets.length * recordBytes
      left -= weight
      bytes += weight
      const records = recordsOf(offsets.map((offset) => recordOf(partition, offset, timeOf(offset))))
      answer.push({ baseOffset: first, nextOffset: last + 1, bytes: weight, records, unreadable: [] })
    }
    return answer
  }
  return { fetch, fetches, bytes: () => bytes }
}

function recordsOf(records: LogRecord[]): BatchRecords {
  return {
    between(from, to, order) {
      const wanted = records.filter(({ offset }) => offset >= from && offset < to)
      return order === 'ascending' ? wanted : wanted.reverse()
    }
  }
}

function recordOf(partition: number, offset: number, timestampMs: number): LogRecord {
  return { partition, offset, timestampMs, key: null, value: null, headers: [], sizeBytes: recordBytes }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
const batchesOf = (size: number, to: number) => range(0, to / size).map((nth) => range(nth * size, nth * size + size))

async function offsetsOf(
  read: (onRecord: (record: LogRecord) => boolean) => Promise<unknown>,
  limit = Number.MAX_SAFE_INTEGER
) {
  const offsets: number[] = []
  await read(({ offset }) => {
    offsets.push(offset)
    return offsets.length < limit
  })
  return offsets
}

const logs: [name: string, batches: number[][]][] = [
  ['one record a batch', batchesOf(1, 500)],
  ['batches of seven', batchesOf(7, 700)],
  ['one large batch', [range(0, 5000)]],
  ['a compacted log', [[0], [3, 9], [400, 401, 4000], [4999]]]
]

for (const [name, batches] of logs) {
  t.test(`every record is read once, in either direction: ${name}`, async (t) => {
    const all = batches.flat()
    const span = { partition: 0, from: 0, to: (all.at(-1) ?? 0) + 1 }
    const log = plainLog(batches)
    const forward = forwardSource(span, log.fetch)
    t.same(await offsetsOf((onRecord) => mergeRead([forward], endless, older, onRecord)), all)
    t.ok(forward.finished())
    t.equal(forward.position(), span.to)
    const backward = backwardSource(span, log.fetch)
    t.same(await offsetsOf((onRecord) => mergeRead([backward], endless, newer, onRecord)), all.toReversed())
    t.ok(backward.finished())
    t.equal(backward.position(), 0)
  })

  t.test(`pages join without a gap or a repetition: ${name}`, async (t) => {
    const all = batches.flat()
    const { fetch } = plainLog(batches)
    const seen: number[] = []
    let to = (all.at(-1) ?? 0) + 1
    for (let page = 0; page < 2000; page += 1) {
      const source = backwardSource({ partition: 0, from: 0, to }, fetch)
      seen.push(...(await offsetsOf((onRecord) => mergeRead([source], endless, newer, onRecord), 13)))
      to = source.position()
      if (source.finished()) break
    }
    t.same(seen, all.toReversed())
  })
}

t.test('a span is not left', async (t) => {
  const { fetch } = plainLog(batchesOf(10, 100))
  const span = { partition: 0, from: 15, to: 25 }
  t.same(await offsetsOf((each) => mergeRead([forwardSource(span, fetch)], endless, older, each)), range(15, 25))
  t.same(
    await offsetsOf((each) => mergeRead([backwardSource(span, fetch)], endless, newer, each)),
    range(15, 25).reverse()
  )
})

t.test('reading the newest records of a long log costs only their size', async (t) => {
  const log = plainLog(batchesOf(10, 100_000))
  const source = backwardSource({ partition: 0, from: 0, to: 100_000 }, log.fetch)
  t.same(await offsetsOf((each) => mergeRead([source], endless, newer, each), 50), range(99_950, 100_000).reverse())
  t.ok(log.bytes() <= 100 * recordBytes, `${log.bytes()} bytes`)
})

t.test('partitions are merged by time, each in its own order', async (t) => {
  const even = plainLog(batchesOf(5, 100), (offset) => offset * 2)
  const odd = plainLog(batchesOf(5, 100), (offset) => offset * 2 + 1)
  const times: number[] = []
  await mergeRead(
    [
      forwardSource({ partition: 0, from: 0, to: 100 }, even.fetch),
      forwardSource({ partition: 1, from: 0, to: 100 }, odd.fetch)
    ],
    endless,
    older,
    ({ timestampMs }) => {
      times.push(timestampMs)
      return true
    }
  )
  t.same(times, range(0, 200))
})

t.test('a bound on bytes ends the reading, and every call gets further', async (t) => {
  const { fetch } = plainLog(batchesOf(10, 1000))
  const seen: number[] = []
  let from = 0
  for (let call = 0; call < 1000 && from < 1000; call += 1) {
    let spent = 0
    const counted: FetchBatches = async (span, maxBytes) => {
      const batches = await fetch(span, maxBytes)
      if (typeof batches !== 'string') for (const { bytes } of batches) spent += bytes
      return batches
    }
    const budget: Budget = {
      get bytesLeft() {
        return 500 - spent
      },
      timeIsOver: false
    }
    const source = forwardSource({ partition: 0, from, to: 1000 }, counted)
    const { cutBy } = await mergeRead([source], budget, older, ({ offset }) => seen.push(offset) > 0)
    t.ok(source.position() > from)
    from = source.position()
    t.equal(cutBy, from < 1000 ? 'bytes' : null)
  }
  t.same(seen, range(0, 1000))
})

t.test('a partition that fails does not hold up the others', async (t) => {
  const { fetch } = plainLog(batchesOf(5, 20))
  const failing = forwardSource({ partition: 1, from: 3, to: 20 }, async () => 'failed')
  const fine = forwardSource({ partition: 0, from: 0, to: 20 }, fetch)
  t.same(await offsetsOf((each) => mergeRead([failing, fine], endless, older, each)), range(0, 20))
  t.notOk(failing.finished())
  t.equal(failing.position(), 3)
})

t.test('at the time limit it reports that', async (t) => {
  const source = backwardSource({ partition: 0, from: 0, to: 20 }, async () => 'over')
  const budget = { bytesLeft: 1, timeIsOver: true }
  t.same(await mergeRead([source], budget, newer, () => true), { records: 0, cutBy: 'time' })
  t.equal(source.position(), 20)
  t.notOk(source.finished())
})
