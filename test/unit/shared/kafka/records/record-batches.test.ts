import { gzipSync, zstdCompressSync } from 'node:zlib'
import { compressionsAlgorithms, crc32c } from '@platformatic/kafka'
import t from 'tap'
import { encodeBatch } from '#shared/kafka/records/encode-batch.ts'
import { type Decoding, decodeBatches } from '#shared/kafka/records/record-batches.ts'

const everything = { partition: 3, from: 0, to: Number.MAX_SAFE_INTEGER }
const records = [
  { key: Buffer.from('k'), value: Buffer.from('v'.repeat(1000)), headers: [] },
  {
    key: null,
    value: null,
    headers: [
      ['h', Buffer.from('1')],
      ['h', null]
    ] as [string, Buffer | null][]
  }
]

async function decode(bytes: Buffer, span = everything, decoding: Decoding = {}) {
  const batches = await Array.fromAsync(decodeBatches(span, bytes, decoding))
  return batches.map((batch) => ({ ...batch, records: [...batch.records.between(0, everything.to, 'ascending')] }))
}

function packed(codec: number, pack: (bytes: Buffer) => Uint8Array): Buffer {
  const plain = encodeBatch(records, 1000)
  const batch = Buffer.concat([plain.subarray(0, 61), pack(plain.subarray(61))])
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt16BE(codec, 21)
  return checked(batch)
}

function placed(batch: Buffer, baseOffset: number): Buffer {
  batch.writeBigInt64BE(BigInt(baseOffset), 0)
  return batch
}

function checked(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)) >>> 0, 17)
  return batch
}

const codecs: [name: string, batch: Buffer][] = [
  ['none', encodeBatch(records, 1000)],
  ['gzip', packed(1, (bytes) => gzipSync(bytes))],
  ['snappy', packed(2, (bytes) => compressionsAlgorithms.snappy.compressSync(bytes))],
  ['lz4', packed(3, (bytes) => compressionsAlgorithms.lz4.compressSync(bytes))],
  ['zstd', packed(4, (bytes) => zstdCompressSync(bytes))]
]

for (const [name, batch] of codecs) {
  t.test(`a batch is read as it was written: ${name}`, async (t) => {
    batch.writeBigInt64BE(70n, 0)
    const [decoded] = await decode(batch)
    t.match(decoded, { baseOffset: 70, nextOffset: 72 })
    t.ok((decoded?.bytes ?? 0) > 1000)
    t.same(
      decoded?.records.map(({ key, value, headers }) => ({ key, value, headers })),
      records
    )
    t.match(decoded?.records, [
      { partition: 3, offset: 70, timestampMs: 1000, sizeBytes: 1001 },
      { offset: 71, timestampMs: 1000, sizeBytes: 3 }
    ])
  })
}

t.test('unreadable parts are reported, and what follows them is read', async (t) => {
  const good = encodeBatch(records, 1000)
  const broken = Buffer.from(good)
  broken[100] = (broken[100] ?? 0) ^ 1
  const unknown = checked(Object.assign(Buffer.from(good), { 22: 7 }))
  const bomb = packed(1, () => gzipSync(Buffer.alloc(70 * 1024 * 1024)))
  const old = Object.assign(Buffer.from(good), { 16: 1 })
  for (const [batch, reason] of [
    [broken, /checksum/],
    [unknown, /compression 7/],
    [bomb, /more than/],
    [old, /format 1/]
  ] as const) {
    const [first, second] = await decode(Buffer.concat([batch, placed(Buffer.from(good), 2)]))
    t.match(first, { records: [], unreadable: [{ from: 0, to: batch === old ? 1 : 2, reason }] })
    t.equal(second?.records.length, 2)
  }
})

t.test('a control batch has no records, and its offsets count', async (t) => {
  const marker = checked(Object.assign(encodeBatch(records, 1000), { 22: 0x20 }))
  t.match(await decode(marker), [{ records: [], nextOffset: 2 }])
  t.same((await decode(marker))[0]?.unreadable, [])
})

/** Two records of a producer's transaction, or the marker that ends it, at an offset. */
function ofProducer(producerId: bigint, offset: number, what: 'records' | 'plain' | 'commit' | 'abort'): Buffer {
  const type = Buffer.from([0, 0, 0, what === 'abort' ? 0 : 1])
  const isMarker = what === 'commit' || what === 'abort'
  const batch = encodeBatch(isMarker ? [{ key: type, value: Buffer.alloc(6), headers: [] }] : records, 1000)
  batch.writeBigInt64BE(BigInt(offset), 0)
  batch.writeInt16BE(isMarker ? 0x30 : what === 'records' ? 0x10 : 0, 21)
  batch.writeBigInt64BE(producerId, 43)
  return checked(batch)
}

const shownOffsets = async (batches: Buffer[], aborted: { producerId: bigint; firstOffset: number }[]) =>
  (await decode(Buffer.concat(batches), everything, { aborted })).flatMap(({ records }) =>
    records.map(({ offset }) => offset)
  )

const transactions: [name: string, batches: Buffer[], aborted: [bigint, number][], shown: number[]][] = [
  [
    'an aborted transaction has no records, those of others between have',
    [
      ofProducer(7n, 0, 'records'),
      ofProducer(8n, 2, 'records'),
      ofProducer(7n, 4, 'plain'),
      ofProducer(7n, 6, 'abort')
    ],
    [[7n, 0]],
    [2, 3, 4, 5]
  ],
  [
    'a producer that aborted and then commits is read again',
    [
      ofProducer(7n, 0, 'records'),
      ofProducer(7n, 2, 'abort'),
      ofProducer(7n, 3, 'records'),
      ofProducer(7n, 5, 'commit')
    ],
    [[7n, 0]],
    [3, 4]
  ],
  [
    'a producer that aborts twice is left out twice',
    [
      ofProducer(7n, 0, 'records'),
      ofProducer(7n, 2, 'abort'),
      ofProducer(7n, 3, 'records'),
      ofProducer(7n, 5, 'abort')
    ],
    [
      [7n, 3],
      [7n, 0]
    ],
    []
  ],
  ['a transaction that began before what was fetched', [ofProducer(7n, 40, 'records')], [[7n, 2]], []],
  ['without a list of aborted ones all is read', [ofProducer(7n, 0, 'records'), ofProducer(7n, 2, 'abort')], [], [0, 1]]
]
for (const [name, batches, aborted, shown] of transactions) {
  t.test(name, async (t) => {
    const told = aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset }))
    t.same(await shownOffsets(batches, told), shown)
  })
}

t.test('a topic of the brokers’ time shows that', async (t) => {
  const batch = encodeBatch(records, 1000)
  batch.writeBigInt64BE(5000n, 35)
  t.match((await decode(checked(Object.assign(batch, { 22: 0x08 }))))[0]?.records, [
    { timestampMs: 5000 },
    { timestampMs: 5000 }
  ])
})

t.test('a batch that is cut short is left out, and one that begins after the span', async (t) => {
  const first = encodeBatch(records, 1000)
  const second = encodeBatch(records, 1000)
  second.writeBigInt64BE(2n, 0)
  const both = Buffer.concat([first, second])
  t.equal((await decode(both)).length, 2)
  t.equal((await decode(both.subarray(0, both.length - 1))).length, 1)
  t.equal((await decode(both, { ...everything, to: 2 })).length, 1)
  t.equal((await decode(first, { ...everything, to: 0 })).length, 1)
  t.match(await decode(first.subarray(0, 40)), [{ nextOffset: 1, unreadable: [{ from: 0, to: 1, reason: /length/ }] }])
})

const zeros = Buffer.alloc(100 * 1024 * 1024)
const bombs: [name: string, codec: number, packed: Buffer][] = [
  ['gzip', 1, gzipSync(zeros)],
  ['snappy', 2, Buffer.concat([Buffer.from([0x80, 0x80, 0x80, 0xc8, 1]), Buffer.alloc(20 * 1024 * 1024)])],
  [
    'snappy of Java',
    2,
    xerial(Array.from({ length: 1100 }, () => Buffer.from([0x80, 0x80, 4, ...zeros.subarray(0, 3200)])))
  ],
  ['lz4', 3, lz4Of(Array.from({ length: 100 }, () => Buffer.alloc(16_449, 0xff)))],
  ['zstd', 4, zstdCompressSync(zeros)]
]
for (const [name, codec, bytes] of bombs) {
  t.test(`a batch that unpacks beyond the limit is one unreadable batch: ${name}`, async (t) => {
    const asked: number[] = []
    const allocate = (size: number) => {
      asked.push(size)
      return Buffer.alloc(size)
    }
    const before = process.memoryUsage().rss
    const both = Buffer.concat([packed(codec, () => bytes), placed(encodeBatch(records, 1000), 2)])
    const [batch, next] = await decode(both, everything, { allocate })
    t.match(batch, { baseOffset: 0, nextOffset: 2, records: [] })
    t.match(batch?.unreadable, [{ from: 0, to: 2, reason: /unpacks to more than 67108864 bytes/ }])
    t.equal(next?.records.length, 2)
    t.same(asked, [])
    t.ok(process.memoryUsage().rss - before < 200 * 1024 * 1024)
  })
}

function xerial(blocks: Buffer[]): Buffer {
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
  const framed = blocks.flatMap((block) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    return [length, block]
  })
  return Buffer.concat([header, ...framed])
}

/** A frame of blocks that each repeat one byte millions of times. */
function lz4Of(lengths: Buffer[]): Buffer {
  const blocks = lengths.map((length) =>
    // One literal, a match of 19 and what the bytes of 255 add, and a last sequence of one literal.
    Buffer.concat([Buffer.from([0x1f, 0, 1, 0]), length, Buffer.from([0, 0x10, 0])])
  )
  const framed = blocks.flatMap((block) => {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(block.length)
    return [size, block]
  })
  return Buffer.concat([Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]), ...framed, Buffer.alloc(4)])
}

t.test('what a codec cannot unpack costs no memory for good', async (t) => {
  for (const [codec, compression] of [
    [2, compressionsAlgorithms.snappy],
    [3, compressionsAlgorithms.lz4]
  ] as const) {
    const bytes = Buffer.from(compression.compressSync(Buffer.alloc(1_000_000, 'ab')))
    const broken = packed(codec, () => bytes.subarray(0, bytes.length - 9))
    const before = process.memoryUsage()
    for (let round = 0; round < 100; round += 1)
      t.match((await decode(broken))[0]?.unreadable, [{ reason: /cut short|shorter/ }])
    const after = process.memoryUsage()
    t.ok(after.external - before.external < 200_000_000, 'memory of WebAssembly counts as external')
  }
})

t.test('each record has its own time, or that of the batch; one may be older than the first', async (t) => {
  const times = [5000, 3000, undefined, 9000]
  const batch = encodeBatch(
    times.map((timestampMs) => ({ key: null, value: null, headers: [], timestampMs })),
    7000
  )
  t.equal(batch.readBigInt64BE(35), 9000n, 'the latest, by which retention counts')
  const [decoded] = await decode(batch)
  t.same(
    decoded?.records.map(({ timestampMs }) => timestampMs),
    [5000, 3000, 7000, 9000]
  )
})
