import { Reader, readRecordsBatch } from '@platformatic/kafka'
import t from 'tap'
import type { Compression } from '#shared/kafka/producing/port.ts'
import { createBatchBuilder, createBufferPool, headerBytes } from '#shared/kafka/producing/record-batch.ts'

const at = 1_767_225_600_000
const builderOf = (limitBytes: number, compression: Compression = 'snappy') =>
  createBatchBuilder({ limitBytes, compression, buffers: createBufferPool() })
const record = (key: string | null, value: string, tag?: number) => ({
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
  ...(tag === undefined ? {} : { tag })
})

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
  t.test(`an independent decoder reads what was appended: ${compression}`, async (t) => {
    const builder = builderOf(100_000, compression)
    const texts: [string | null, string, number][] = [
      ['a', '{"n":1}', 7],
      ['', '', 8],
      ['schlüssel', `${'x'.repeat(200)}€`, 9],
      [null, 'y'.repeat(20_000), 10]
    ]
    const headers = Buffer.from([2, 2, 0x61, 2, 0x62])
    for (const [index, [key, value, tag]] of texts.entries()) {
      const before = index === 0 ? 0 : builder.uncompressedBytes
      const grown = builder.append(
        { ...record(key, value, tag), headers: index === 1 ? headers : null },
        at + index * 70
      )
      t.equal(grown, builder.uncompressedBytes - before)
    }
    const uncompressedBytes = builder.uncompressedBytes
    builder.seal()
    const bytes = builder.stamp({ id: 4711n, epoch: 3 }, 123)

    const batch = readRecordsBatch(Reader.from(Buffer.from(bytes)))
    t.equal(batch.length + 12, bytes.length)
    t.equal(batch.producerId, 4711n)
    t.equal(batch.producerEpoch, 3)
    t.equal(batch.firstSequence, 123)
    t.equal(batch.lastOffsetDelta, 3)
    t.equal(batch.maxTimestamp, BigInt(at + 210))
    const decoded = batch.records.map(({ key, value, timestampDelta, offsetDelta }) => [
      key === null ? null : String(key),
      String(value),
      Number(timestampDelta),
      offsetDelta
    ])
    t.same(
      decoded,
      texts.map(([key, value], index) => [key, value, index * 70, index])
    )
    t.same(
      batch.records.map((each) => each.headers.map(([name, value]) => `${name}=${value}`)),
      [[], ['a=b'], [], []]
    )
    t.same(builder.tags, [7, 8, 9, 10])
    t.equal(builder.uncompressedBytes, uncompressedBytes, 'the size before compression is kept')
    if (compression === 'none') t.equal(bytes.length, uncompressedBytes)
    else t.ok(bytes.length < uncompressedBytes / 5, 'repeated text is compressed')
  })
}

t.test('a clock that is set back gives a record the time of the first one', async (t) => {
  const builder = builderOf(1000)
  builder.append(record('a', 'b'), at)
  builder.append(record('a', 'c'), at - 5000)
  builder.seal()
  const batch = readRecordsBatch(Reader.from(Buffer.from(builder.stamp({ id: 1n, epoch: 0 }, 0))))
  t.same(
    batch.records.map(({ timestampDelta }) => Number(timestampDelta)),
    [0, 0]
  )
})

t.test('a batch in flight keeps its bytes while later batches reuse memory', async (t) => {
  const buffers = createBufferPool()
  const texts = Array.from({ length: 6 }, (_, nth) => `${nth}`.repeat(300))
  for (const compression of ['none', 'snappy'] as const) {
    const sealed = texts.map((text) => {
      const builder = createBatchBuilder({ limitBytes: 1000, compression, buffers })
      builder.append(record('k', text), at)
      builder.seal()
      return builder
    })
    const values = sealed.map(
      (builder) => readRecordsBatch(Reader.from(Buffer.from(builder.stamp({ id: 1n, epoch: 0 }, 0)))).records[0]?.value
    )
    t.same(values.map(String), texts)
    for (const builder of sealed) builder.release()
  }
})

t.test('a buffer that is given back serves batches that grow a little, and none that are much larger', async (t) => {
  const pool = createBufferPool()
  const buffer = pool.take(1000)
  pool.give(buffer)
  t.equal(pool.take(1200), buffer)
  pool.give(buffer)
  t.ok(pool.take(5000).length >= 5000)
})

t.test('a record that does not fit is refused and leaves the batch as it was', async (t) => {
  const builder = builderOf(headerBytes + 100)
  t.ok(builder.append(record('a', 'b'.repeat(60)), at) > headerBytes)
  const before = builder.uncompressedBytes
  t.equal(builder.append(record('a', 'b'.repeat(60)), at), 0)
  t.equal(builder.uncompressedBytes, before)
  t.equal(builder.records, 1)
})

t.test('a record that is larger than a batch gets its own batch', async (t) => {
  const builder = builderOf(headerBytes + 100)
  t.ok(builder.append(record('a', 'b'.repeat(5000)), at) > 5000)
  builder.seal()
  const batch = readRecordsBatch(Reader.from(Buffer.from(builder.stamp({ id: 1n, epoch: 0 }, 0))))
  t.equal(batch.records[0]?.value?.length, 5000)
})

t.test('a sealed batch takes no further record', async (t) => {
  const builder = builderOf(1000)
  builder.append(record('a', 'b'), at)
  builder.seal()
  t.throws(() => builder.append(record('a', 'b'), at), /sealed/)
})
