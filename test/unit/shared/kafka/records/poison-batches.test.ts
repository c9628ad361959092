import t from 'tap'
import { mergeRead } from '#shared/kafka/records/merge-read.ts'
import { decodeBatches } from '#shared/kafka/records/record-batches.ts'
import { backwardSource, type FetchBatches, forwardSource } from '#shared/kafka/records/sources.ts'
import { plainBatch, sealed, tinyRecord, tinyRecords, varint, withLongestBlock } from './plain-batches.ts'

const endless = { bytesLeft: Number.MAX_SAFE_INTEGER, timeIsOver: false }
/** Generous: other work runs on the machine, and the garbage collector in this process. */
const blockBoundMs = 500

/** A leader: it sends the batch that holds an offset, or the next one, and all that follow. */
function leaderOf(batches: Buffer[]) {
  const unreadable: string[] = []
  let fetches = 0
  const fetch: FetchBatches = async (span, maxBytes) => {
    fetches += 1
    if (fetches > 1000) throw new Error('the reading does not advance')
    const from = batches.findIndex(
      (batch) => Number(batch.readBigInt64BE(0)) + Math.max(0, batch.readInt32BE(23)) >= span.from
    )
    const taken = []
    for await (const batch of decodeBatches(span, from < 0 ? Buffer.alloc(0) : Buffer.concat(batches.slice(from)))) {
      taken.push(batch)
      unreadable.push(...batch.unreadable.map(({ from, to, reason }) => `${from}-${to} ${reason}`))
      if (taken.reduce((sum, { bytes }) => sum + bytes, 0) >= maxBytes) break
    }
    return taken
  }
  return { fetch, unreadable }
}

async function read(batches: Buffer[], direction: 'forward' | 'backward', to: number, limit = Number.MAX_SAFE_INTEGER) {
  const { fetch, unreadable } = leaderOf(batches)
  const span = { partition: 0, from: 0, to }
  const source = direction === 'forward' ? forwardSource(span, fetch) : backwardSource(span, fetch)
  const offsets: number[] = []
  await mergeRead(
    [source],
    endless,
    () => false,
    ({ offset, unreadable: reason }) => {
      if (reason === undefined) offsets.push(offset)
      else unreadable.push(`${offset}-${offset + 1} ${reason}`)
      return offsets.length < limit
    }
  )
  return { offsets, unreadable: [...new Set(unreadable)], position: source.position(), finished: source.finished() }
}

const millions = 2_000_000
const crowd = tinyRecords(millions)

for (const codec of [1, 3]) {
  const batch = sealed(crowd, { baseOffset: 0, count: millions, codec })
  for (const [direction, first] of [
    ['forward', 0],
    ['backward', millions - 1]
  ] as const) {
    t.test(`a page of millions of tiny records costs its own records: codec ${codec}, ${direction}`, async (t) => {
      t.ok(batch.length < crowd.length / 2)
      const heapBefore = process.memoryUsage().heapUsed
      const { result, blockedMs } = await withLongestBlock(() => read([batch], direction, millions, 100))
      t.equal(result.offsets.length, 100)
      t.equal(result.offsets[0], first)
      t.equal(result.position, direction === 'forward' ? 100 : millions - 100)
      t.notOk(result.finished)
      t.ok(blockedMs < blockBoundMs, `blocked for ${Math.round(blockedMs)} ms`)
      t.ok(process.memoryUsage().heapUsed - heapBefore < 64 * 1024 * 1024, 'no objects for the others')
    })
  }
}

t.test('a reading ends within a batch of millions when its time is over, and can be continued', async (t) => {
  const { fetch } = leaderOf([sealed(crowd, { baseOffset: 0, count: millions })])
  const source = forwardSource({ partition: 0, from: 0, to: millions }, fetch)
  let records = 0
  const isOver = () => records > 0
  const budget = {
    bytesLeft: Number.MAX_SAFE_INTEGER,
    get timeIsOver() {
      return isOver()
    }
  }
  const outcome = await mergeRead(
    [source],
    budget,
    () => false,
    () => {
      records += 1
      // Every record takes a while, as masking does.
      for (const until = performance.now() + 0.05; performance.now() < until; );
      return true
    }
  )
  t.equal(outcome.cutBy, 'time')
  t.ok(outcome.records < millions)
  t.equal(source.position(), outcome.records)
  t.notOk(source.finished())
})

const good = tinyRecord(0)
const parts: [name: string, records: number[], count: number, offsets: number[], unreadable: RegExp[]][] = [
  [
    'a number of records that its bytes cannot hold',
    good,
    2_000_000_000,
    [10],
    [/^11-15 it claims 2000000000 records and has 1/]
  ],
  ['a negative number of records', good, -1, [], [/^10-15 bytes follow/]],
  ['a negative length', [...good, ...varint(-5), 0, 0, 0], 2, [10], [/^11-15 .* impossible length/]],
  ['a length beyond its end', [...good, ...varint(500), 0, 0, 0, 0, 0, 0], 2, [10], [/^11-15 .* impossible length/]],
  ['a length that never ends', [...good, ...Array(12).fill(0xff)], 2, [10], [/^11-15 .* impossible length/]],
  ['fewer records than it claims', [...good, ...tinyRecord(1)], 3, [10, 11], [/^12-15 it claims 3 records and has 2/]],
  ['more bytes than it claims', [...good, ...tinyRecord(1)], 1, [10], [/^11-15 bytes follow/]],
  ['an offset given twice', [...good, ...good, ...tinyRecord(3)], 3, [10, 13], [/^11-13 .* impossible offset/]],
  ['an offset beyond the batch', [...good, ...tinyRecord(7), ...tinyRecord(1)], 3, [10, 11], [/^11-11 .* offset/]],
  ['a negative offset', [...tinyRecord(-3), ...tinyRecord(4)], 2, [14], [/^10-14 .* impossible offset/]],
  [
    'a key of an impossible length',
    [...good, 12, 0, 0, 2, ...varint(60), 1, 0, ...tinyRecord(2)],
    3,
    [10, 12],
    [/^11-12 a field has an impossible length/]
  ],
  [
    'a value of a negative length',
    [...good, 12, 0, 0, 2, 1, ...varint(-2), 0, ...tinyRecord(2)],
    3,
    [10, 12],
    [/^11-12 a field has an impossible length/]
  ],
  ['too many headers', [...good, 12, 0, 0, 2, 1, 1, 126, ...tinyRecord(2)], 3, [10, 12], [/^11-12 it ends within/]],
  [
    'a negative number of headers',
    [...good, 12, 0, 0, 2, 1, 1, 3, ...tinyRecord(2)],
    3,
    [10, 12],
    [/^11-12 .*negative/]
  ],
  [
    'a header without a name',
    [...good, 16, 0, 0, 2, 1, 1, 2, 1, 1, ...tinyRecord(2)],
    3,
    [10, 12],
    [/^11-12 .*no name/]
  ],
  [
    'bytes behind its headers',
    [...good, 14, 0, 0, 2, 1, 1, 0, 9, ...tinyRecord(2)],
    3,
    [10, 12],
    [/^11-12 bytes follow/]
  ]
]
for (const [name, records, count, offsets, unreadable] of parts) {
  for (const direction of ['forward', 'backward'] as const) {
    t.test(`what is broken is reported, and the rest is read: ${name}, ${direction}`, async (t) => {
      const poison = sealed(Buffer.from(records), { baseOffset: 10, count, lastOffsetDelta: 4 })
      const result = await read([plainBatch(0, 10), poison, plainBatch(15, 5)], direction, 20)
      const expected = [...range(0, 10), ...offsets, ...range(15, 20)]
      t.same(result.offsets, direction === 'forward' ? expected : expected.toReversed())
      t.match(result.unreadable, unreadable)
      t.equal(result.unreadable.length, unreadable.length)
      t.ok(result.finished)
    })
  }
}

t.test('a record of very many headers is not shown', async (t) => {
  const headers = Array.from({ length: 200_000 }, () => [0, 1]).flat()
  const body = [0, 0, 0, 1, 1, ...varint(200_000), ...headers]
  const result = await read(
    [sealed(Buffer.from([...varint(body.length), ...body]), { baseOffset: 0, count: 1 })],
    'forward',
    1
  )
  t.match(result, { offsets: [], unreadable: [/^0-1 it has 200000 headers/], finished: true })
})

/** Batches whose headers are broken, between good ones. */
const frames: [name: string, change: (batch: Buffer) => void, unreadable: RegExp][] = [
  ['a checksum', (batch) => batch.writeUInt32BE(1, 17), /^10-15 its checksum/],
  ['a record', (batch) => batch.writeInt32BE(7, 70), /^10-15 its checksum/],
  ['a last offset that is negative', (batch) => batch.writeInt32BE(-5, 23), /^10-1\d its checksum/],
  ['a last offset far ahead', (batch) => batch.writeInt32BE(2_000_000, 23), /^10-15 its checksum/],
  ['a format that is not known yet', (batch) => batch.writeInt8(9, 16), /^10-15 format 9 is unknown/],
  ['a format without a sign', (batch) => batch.writeInt8(-1, 16), /^10-15 format -1 is unknown/]
]
for (const [name, change, unreadable] of frames) {
  t.test(`a batch that is broken is reported, and reading goes on behind it: ${name}`, async (t) => {
    const poison = plainBatch(10, 5)
    change(poison)
    const result = await read([plainBatch(0, 10), poison, plainBatch(15, 5)], 'forward', 20)
    t.same(result.offsets, [...range(0, 10), ...range(15, 20)])
    t.match(result.unreadable, [unreadable])
    t.ok(result.finished)
  })
}

t.test('a reading ends behind a log that cannot be taken apart', async (t) => {
  for (const [name, at, value] of [
    ['a negative length', 8, -1],
    ['a length of nothing', 8, 0],
    ['a length beyond the end', 8, 1_000_000]
  ] as const) {
    const poison = plainBatch(10, 5)
    poison.writeInt32BE(value, at)
    for (const direction of ['forward', 'backward'] as const) {
      const result = await read([plainBatch(0, 10), poison], direction, 15)
      t.same(
        result.offsets.toSorted((a, b) => a - b),
        range(0, 10),
        `${name}, ${direction}`
      )
      t.match(result.unreadable[0], /^1\d-1\d its length cannot be true/)
      t.ok(result.finished)
    }
  }
})

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
