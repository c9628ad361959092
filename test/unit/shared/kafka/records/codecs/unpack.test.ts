import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { compressionsAlgorithms } from '@platformatic/kafka'
import fc from 'fast-check'
import t from 'tap'
import { maxUnpackedBytes, unpack } from '#shared/kafka/records/codecs/unpack.ts'
import { createPace } from '#shared/kafka/records/pace.ts'

const pace = createPace()
const codecs: [name: string, codec: number, pack: (bytes: Buffer) => Buffer][] = [
  ['gzip', 1, (bytes) => gzipSync(bytes, { level: 1 })],
  ['snappy', 2, (bytes) => Buffer.from(compressionsAlgorithms.snappy.compressSync(bytes))],
  ['lz4', 3, (bytes) => Buffer.from(compressionsAlgorithms.lz4.compressSync(bytes))],
  ['zstd', 4, zstdCompressSync]
]

/** Bytes with repetitions near and far, as records have. */
const content = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.integer({ min: 1, max: 200 })), { maxLength: 20 })
  .map((parts) => Buffer.concat(parts.flatMap(([part, times]) => Array.from({ length: times }, () => part))))

for (const [name, codec, pack] of codecs) {
  t.test(`what a compressor packed is unpacked: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        assert.ok((await unpack(codec, pack(bytes), { pace })).equals(bytes))
      }),
      { seed: 21, numRuns: 150 }
    )
  })

  t.test(`the limit itself is not too much: ${name}`, async (t) => {
    t.equal((await unpack(codec, pack(Buffer.alloc(maxUnpackedBytes)), { pace })).length, maxUnpackedBytes)
    await t.rejects(unpack(codec, pack(Buffer.alloc(maxUnpackedBytes + 1)), { pace }), {
      name: 'UnreadableError',
      message: `it unpacks to more than ${maxUnpackedBytes} bytes`
    })
  })

  t.test(`other requests have their turn meanwhile: ${name}`, async (t) => {
    const packed = pack(Buffer.alloc(20_000_000, randomBytes(8192)))
    let pauses = 0
    let turns = 0
    const counting = setInterval(() => {
      turns += 1
    }, 1)
    t.teardown(() => clearInterval(counting))
    // Every look at the clock finds a slice at its end.
    const pause = () => {
      pauses += 1
      return setTimeout(2)
    }
    await unpack(codec, packed, { pace: { pause } })
    t.ok(turns >= 1)
    if (name === 'snappy' || name === 'lz4') t.ok(pauses >= 4)
  })
}

t.test('blocks that refer to the block before, and checksums, of an LZ4 frame', async (t) => {
  const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x50, 0x40, 0])
  const checksum = Buffer.from([9, 9, 9, 9])
  // "abcd" as it is, then nothing but a match of 8 bytes from 4 before, and one literal.
  const stored = Buffer.concat([Buffer.from([4, 0, 0, 0x80]), Buffer.from('abcd'), checksum])
  const linked = Buffer.concat([Buffer.from([5, 0, 0, 0, 0x04, 4, 0, 0x10]), Buffer.from('!'), checksum])
  const end = Buffer.alloc(4)
  t.equal(String(await unpack(3, Buffer.concat([header, stored, linked, end, checksum]), { pace })), 'abcdabcdabcd!')
})
