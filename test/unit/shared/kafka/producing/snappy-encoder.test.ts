import { compressionsAlgorithms } from '@platformatic/kafka'
import fc from 'fast-check'
import t from 'tap'
import { createValuePool } from '#services/load-test/domain/load/value-pool.ts'
import { compressSnappy } from '#shared/kafka/producing/snappy-encoder.ts'
import { unpack } from '#shared/kafka/records/codecs/unpack.ts'
import { createPace } from '#shared/kafka/records/pace.ts'

const client = compressionsAlgorithms.snappy
/** Both decoders: one is the client's, the other our own. */
async function unpacked(packed: Buffer): Promise<Buffer> {
  const theirs = client.decompressSync(packed)
  const ours = await unpack(2, packed, { pace: createPace() })
  if (!ours.equals(theirs)) throw new Error('the decoders disagree')
  return ours
}

const noise = (bytes: number) =>
  Buffer.from(Array.from({ length: bytes }, (_, at) => Math.imul(at * at, 2654435761) >>> 24))
const edges: [string, Buffer][] = [
  ...[0, 1, 15, 16, 17, 24, 25].map((bytes): [string, Buffer] => [`${bytes} equal bytes`, Buffer.alloc(bytes, 'a')]),
  ...[65_535, 65_536, 65_537, 65_560, 200_000].map((bytes): [string, Buffer] => [
    `${bytes} equal bytes`,
    Buffer.alloc(bytes, 'a')
  ]),
  ...[59, 60, 61, 256, 257, 65_536, 70_000].map((bytes): [string, Buffer] => [`${bytes} bytes of noise`, noise(bytes)]),
  // Copies of every length from the shortest match to beyond the longest copy, near and far.
  ...[10, 3000].flatMap((gap) =>
    Array.from({ length: 140 }, (_, length): [string, Buffer] => {
      const text = noise(length)
      return [
        `a match of ${length} bytes after ${gap}`,
        Buffer.concat([noise(3), text, noise(gap).fill('-'), text, noise(40)])
      ]
    })
  )
]
t.test('decoders read what is at the edges of the format', async (t) => {
  for (const [what, bytes] of edges) t.ok((await unpacked(compressSnappy(bytes))).equals(bytes), what)
})

t.test('decoders read whatever is compressed, one after the other', async () => {
  const words = fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 90 }), fc.nat(12)), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(words, fc.nat(9), async (choices, far) => {
      const bytes = Buffer.from(
        choices.map(([word, times]) => word.repeat(times) + (choices[times]?.[0] ?? '')).join('') +
          '.'.repeat(far * 9000)
      )
      if (!(await unpacked(compressSnappy(bytes))).equals(bytes)) throw new Error('changed')
    }),
    { numRuns: 400 }
  )
})

t.test('what does not compress grows by no more than its length in the format', async (t) => {
  t.ok(compressSnappy(noise(60_000)).length <= 60_000 + 6)
})

t.test('log events become as small as with the blocks of 32 KiB of the Java producer', async (t) => {
  const { values } = createValuePool({ kind: 'log-events' }, 1, 1_767_225_600_000)
  const batch = Buffer.concat(values.slice(0, 500))
  let javas = 0
  for (let start = 0; start < batch.length; start += 32_768)
    javas += client.compressSync(batch.subarray(start, start + 32_768)).length
  const { length } = compressSnappy(batch)
  t.ok(length <= javas, `${length} and ${javas} bytes`)
})
