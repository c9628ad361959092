import { randomBytes } from 'node:crypto'
import t from 'tap'
import { maxUnpackedBytes } from '#shared/kafka/records/codecs/unpack.ts'
import { createPace } from '#shared/kafka/records/pace.ts'
import { unpackQuickly } from '#shared/kafka/verifying/quick-unpack.ts'
import { codecs } from '../records/plain-batches.ts'

const options = { pace: createPace() }
const content = Buffer.from('the same again and again, '.repeat(500))

t.test('it unpacks every codec, Java’s framing of snappy included', async (t) => {
  const unpack = unpackQuickly()
  for (const [name, codec, pack] of codecs) t.same(await unpack(codec, pack(content), options), content, name)
  const block = codecs[2]?.[2](content) ?? Buffer.alloc(0)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(block.length)
  const framing = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
  t.same(await unpack(2, Buffer.concat([framing, length, block]), options), content)
})

t.test('what is broken, or claims more than the limit, is unreadable, and what follows is not', async (t) => {
  const claimsGigabyte = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x03, 0, 0, 0])
  for (const [name, codec, pack] of codecs.filter(([name]) => name === 'snappy' || name === 'lz4')) {
    const unpack = unpackQuickly()
    const packed = pack(content)
    for (const bad of [packed.subarray(0, packed.length - 9), claimsGigabyte, Buffer.alloc(0)]) {
      await t.rejects(unpack(codec, bad, options), { name: 'UnreadableError' }, name)
      t.same(await unpack(codec, packed, options), content, name)
    }
  }
})

t.test('LZ4 that may exceed the limit is left to the codec that has one', async (t) => {
  const [, , , lz4] = codecs
  const noise = randomBytes(400_000)
  t.same(await unpackQuickly()(3, lz4?.[2](noise) ?? Buffer.alloc(0), options), noise)
  const bomb = lz4?.[2](Buffer.alloc(maxUnpackedBytes + 1_000_000)) ?? Buffer.alloc(0)
  await t.rejects(unpackQuickly()(3, bomb, options), { name: 'UnreadableError', message: /more than/ })
})
