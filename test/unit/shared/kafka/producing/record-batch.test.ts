import { Reader, readRecordsBatch } from '@platformatic/kafka'
import t from 'tap'
import { createBatchBuilder, headerBytes } from '#shared/kafka/producing/record-batch.ts'

const at = 1_767_225_600_000

t.test('an independent decoder reads what was appended', async (t) => {
  const builder = createBatchBuilder(100_000)
  const records = [
    { key: 'a', value: '{"n":1}', tag: 7 },
    { key: '', value: '', tag: 8 },
    { key: 'schlüssel', value: `${'x'.repeat(200)}€`, tag: 9 },
    { key: 'k', value: 'y'.repeat(20_000), tag: 10 }
  ]
  for (const [index, record] of records.entries()) t.equal(builder.append(record, at + index * 70), true)
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
  t.same(
    batch.records.map(({ key, value, timestampDelta, offsetDelta }) => [
      key?.toString(),
      value?.toString(),
      Number(timestampDelta),
      offsetDelta
    ]),
    records.map(({ key, value }, index) => [key, value, index * 70, index])
  )
  t.same(builder.tags, [7, 8, 9, 10])
  t.equal(builder.uncompressedBytes, uncompressedBytes, 'the size before compression is kept')
  t.ok(bytes.length < uncompressedBytes / 5, 'repeated text is compressed')
})

t.test('a record that does not fit is refused and leaves the batch as it was', async (t) => {
  const builder = createBatchBuilder(headerBytes + 100)
  t.equal(builder.append({ key: 'a', value: 'b'.repeat(60) }, at), true)
  const before = builder.uncompressedBytes
  t.equal(builder.append({ key: 'a', value: 'b'.repeat(60) }, at), false)
  t.equal(builder.uncompressedBytes, before)
  t.equal(builder.records, 1)
})

t.test('a record that is larger than a batch gets its own batch', async (t) => {
  const builder = createBatchBuilder(headerBytes + 100)
  t.equal(builder.append({ key: 'a', value: 'b'.repeat(5000) }, at), true)
  builder.seal()
  const batch = readRecordsBatch(Reader.from(Buffer.from(builder.stamp({ id: 1n, epoch: 0 }, 0))))
  t.equal(batch.records[0]?.value?.length, 5000)
})

t.test('a sealed batch takes no further record', async (t) => {
  const builder = createBatchBuilder(1000)
  builder.append({ key: 'a', value: 'b' }, at)
  builder.seal()
  t.throws(() => builder.append({ key: 'a', value: 'b' }, at), /sealed/)
})
