import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { maxUnpackedBytes } from '#shared/kafka/records/codecs/unpack.ts'
import { mergeRead } from '#shared/kafka/records/merge-read.ts'
import { decodeBatches } from '#shared/kafka/records/record-batches.ts'
import { backwardSource, type FetchBatches, forwardSource } from '#shared/kafka/records/sources.ts'
import {
  checked,
  codecs,
  headerBytes,
  plainBatch,
  sealed,
  tinyRecord,
  varint,
  withLongestBlock
} from './plain-batches.ts'

/** Generous: other work runs on the machine, and the garbage collector in this process. */
const blockBoundMs = 1000
const runs = 200
const seed = 2024
const [partition, from, to] = [0, 100, 160]

/** Valid logs of one codec, of batches that follow each other from offset 100. */
const logs = codecs.map(([, codec]) => [
  plainBatch(100, 20, codec),
  plainBatch(120, 1, codec),
  plainBatch(121, 30, codec)
])

type Mutation =
  | { kind: 'flip'; at: number; bit: number }
  | { kind: 'cut'; at: number; length: number }
  | { kind: 'splice'; at: number; bytes: Uint8Array }
  | { kind: 'repeat'; at: number; length: number }

const anywhere = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: anywhere, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('cut' as const), at: anywhere, length: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    kind: fc.constant('splice' as const),
    at: anywhere,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 12 })
  }),
  fc.record({ kind: fc.constant('repeat' as const), at: anywhere, length: fc.integer({ min: 1, max: 200 }) })
)

function mutate(bytes: Buffer, mutations: readonly Mutation[]): Buffer {
  return mutations.reduce(apply, bytes)
}

function apply(bytes: Buffer, mutation: Mutation): Buffer {
  const at = Math.floor(mutation.at * bytes.length)
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (mutation.kind) {
    case 'flip':
      return Buffer.concat([before, Buffer.from([(after[0] ?? 0) ^ (1 << mutation.bit)]), after.subarray(1)])
    case 'cut':
      return Buffer.concat([before, after.subarray(mutation.length)])
    case 'splice':
      return Buffer.concat([before, mutation.bytes, after])
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, mutation.length), after])
  }
}

/**
 * Reads all that a fetch returned, in both orders, and checks what holds for any bytes: nothing is thrown, offsets
 * ascend and lie in their batch, every batch advances, and no codec is given more room than the limit.
 */
async function decodeAll(bytes: Buffer): Promise<{ records: number; unreadable: string[] }> {
  let records = 0
  const unreadable: string[] = []
  let asked = 0
  const allocate = (size: number) => {
    asked = Math.max(asked, size)
    return Buffer.alloc(size)
  }
  let next = from
  for await (const batch of decodeBatches({ partition, from, to }, bytes, { allocate })) {
    assert.ok(batch.nextOffset > next, 'a batch advances')
    assert.ok(batch.bytes <= Math.max(bytes.length, maxUnpackedBytes))
    let last = next - 1
    const ascending = [...batch.records.between(next, Number.MAX_SAFE_INTEGER, 'ascending')]
    for (const record of ascending) {
      assert.ok(record.offset > last && record.offset < batch.nextOffset, 'offsets ascend within the batch')
      last = record.offset
      if (record.unreadable === undefined) records += 1
      else unreadable.push(record.unreadable)
    }
    const descending = [...batch.records.between(next, Number.MAX_SAFE_INTEGER, 'descending')]
    assert.deepEqual(
      descending.map(({ offset }) => offset),
      ascending.map(({ offset }) => offset).reverse()
    )
    for (const place of batch.unreadable) {
      assert.ok(place.from <= place.to && place.to <= batch.nextOffset)
      unreadable.push(place.reason)
    }
    next = batch.nextOffset
  }
  assert.ok(next > from || bytes.length === 0, 'a fetch advances')
  assert.ok(asked <= maxUnpackedBytes, `a codec asked for ${asked} bytes`)
  return { records, unreadable }
}

for (const [index, [name, codec]] of codecs.entries()) {
  const log = logs[index] ?? []

  t.test(`what is not changed is read whole: ${name}`, async (t) => {
    t.same(await decodeAll(Buffer.concat(log)), { records: 51, unreadable: [] })
  })

  t.test(`any change to a log is survived: ${name}`, async (t) => {
    const changes = fc.array(mutation, { minLength: 1, maxLength: 4 })
    const { blockedMs } = await withLongestBlock(() =>
      fc.assert(
        fc.asyncProperty(changes, async (mutations) => {
          await decodeAll(mutate(Buffer.concat(log), mutations))
        }),
        { seed, numRuns: runs }
      )
    )
    t.ok(blockedMs < blockBoundMs, `blocked for ${Math.round(blockedMs)} ms`)
  })

  t.test(`any change behind a checksum that is right is survived: ${name}`, async (t) => {
    const changes = fc.array(mutation, { minLength: 1, maxLength: 4 })
    const [batch = Buffer.alloc(0), ...others] = log
    const { blockedMs } = await withLongestBlock(() =>
      fc.assert(
        fc.asyncProperty(changes, fc.boolean(), async (mutations, inHeader) => {
          const start = inHeader ? 21 : headerBytes
          const changed = Buffer.concat([batch.subarray(0, start), mutate(batch.subarray(start), mutations)])
          if (changed.length < headerBytes) return
          changed.writeInt32BE(changed.length - 12, 8)
          await decodeAll(Buffer.concat([checked(changed), ...others]))
        }),
        { seed, numRuns: runs }
      )
    )
    t.ok(blockedMs < blockBoundMs, `blocked for ${Math.round(blockedMs)} ms`)
  })

  t.test(`any change to records before they are packed is survived: ${name}`, async (t) => {
    const plain = plainBatch(100, 20).subarray(headerBytes)
    const changes = fc.array(mutation, { minLength: 1, maxLength: 4 })
    const counts = fc.oneof(fc.constant(20), fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }))
    await fc.assert(
      fc.asyncProperty(changes, counts, async (mutations, count) => {
        const batch = sealed(mutate(plain, mutations), { baseOffset: 100, count, lastOffsetDelta: 19, codec })
        const others = log.slice(1)
        const { records } = await decodeAll(Buffer.concat([batch, ...others]))
        assert.ok(records >= 31, 'the other batches are read')
      }),
      { seed, numRuns: runs }
    )
    t.pass('survived')
  })
}

for (const [index, [name]] of codecs.entries()) {
  t.test(`a reading of a broken log ends, with each offset once: ${name}`, async (t) => {
    const log = logs[index] ?? []
    const flips = fc.array(fc.record({ kind: fc.constant('flip' as const), at: anywhere, bit: fc.nat(7) }), {
      minLength: 1,
      maxLength: 3
    })
    await fc.assert(
      fc.asyncProperty(flips, fc.boolean(), async (mutations, forward) => {
        const bytes = mutate(Buffer.concat(log), mutations)
        const span = { partition, from, to: 151 }
        const source = forward ? forwardSource(span, leaderOf(log, bytes)) : backwardSource(span, leaderOf(log, bytes))
        const offsets: number[] = []
        await mergeRead(
          [source],
          { bytesLeft: Number.MAX_SAFE_INTEGER, timeIsOver: false },
          () => false,
          ({ offset }) => {
            offsets.push(offset)
            return true
          }
        )
        assert.ok(source.finished())
        const ordered = forward ? offsets : offsets.toReversed()
        assert.ok(ordered.every((offset, nth) => offset >= from && offset < 151 && offset > (ordered[nth - 1] ?? 0)))
      }),
      { seed, numRuns: runs }
    )
    t.pass('ended')
  })
}

/** Sends what its index names, however the bytes there have changed. */
function leaderOf(log: readonly Buffer[], bytes: Buffer): FetchBatches {
  let fetches = 0
  return (span) => {
    fetches += 1
    assert.ok(fetches < 200, 'the reading does not advance')
    const before = log.filter((batch) => Number(batch.readBigInt64BE(0)) + batch.readInt32BE(23) < span.from)
    const start = before.reduce((sum, { length }) => sum + length, 0)
    return Array.fromAsync(decodeBatches(span, bytes.subarray(start)))
  }
}

/** Inputs worth keeping, as made by code; each with the reason that is reported. */
const tiny = Buffer.from(tinyRecord(0))
const corpus: [name: string, bytes: Buffer, reason: RegExp][] = [
  ['nothing but zeros', Buffer.alloc(200), /length cannot be true/],
  ['nothing but ones', Buffer.alloc(200, 0xff), /length cannot be true/],
  ['a prefix only', plainBatch(100, 1).subarray(0, 12), /length cannot be true/],
  ['a header only', plainBatch(100, 1).subarray(0, headerBytes), /length cannot be true/],
  [
    'a header that claims records',
    sealed(Buffer.alloc(0), { baseOffset: 100, count: 5 }),
    /claims 5 records and has 0/
  ],
  ['an empty gzip', withRecords(Buffer.alloc(0), 1), /./],
  ['an empty snappy', withRecords(Buffer.alloc(0), 2), /size/],
  ['an empty lz4', withRecords(Buffer.alloc(0), 3), /no LZ4 frame/],
  ['an empty zstd', withRecords(Buffer.alloc(0), 4), /./],
  ['an unknown codec', withRecords(tiny, 5), /compression 5 is unknown/],
  [
    'a snappy block of 4 GiB',
    withRecords(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]), 2),
    /claims more than it can hold/
  ],
  ['an offset of 2^62', moved(plainBatch(100, 1), 2n ** 62n), /not those of its place/],
  ['a negative offset', moved(plainBatch(100, 1), -1n), /not those of its place/],
  ['an offset long passed', moved(plainBatch(100, 1), 3n), /not those of its place/],
  ['numbers without an end', sealed(Buffer.alloc(50, 0x80), { baseOffset: 100, count: 1 }), /impossible length/],
  [
    'a timestamp of 70 bits',
    sealed(Buffer.from([...varint(16), 0, ...Array(10).fill(0xff), 0, 1, 1, 0, 0]), { baseOffset: 100, count: 1 }),
    /impossible offset/
  ],
  [
    '65,000 records of one offset',
    sealed(Buffer.concat(Array.from({ length: 65_000 }, () => tiny)), { baseOffset: 100, count: 65_000 }),
    /impossible offset/
  ]
]
for (const [name, bytes, reason] of corpus) {
  t.test(`kept: ${name}`, async (t) => {
    const { unreadable } = await decodeAll(bytes)
    t.ok(
      unreadable.some((text) => reason.test(text)),
      unreadable.join('; ')
    )
  })
}

/** A batch of one record whose bytes are said to be packed, as they are. */
function withRecords(bytes: Buffer, codec: number): Buffer {
  const batch = sealed(bytes, { baseOffset: 100, count: 1 })
  batch.writeInt16BE(codec, 21)
  return checked(batch)
}

function moved(batch: Buffer, baseOffset: bigint): Buffer {
  batch.writeBigInt64BE(baseOffset, 0)
  return batch
}
