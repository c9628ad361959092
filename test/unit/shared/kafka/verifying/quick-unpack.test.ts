import t from 'tap'
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

t.test(
  'broken snappy, and a block that claims more than the limit, are unreadable, and what follows is not',
  async (t) => {
    const unpack = unpackQuickly()
    const block = codecs[2]?.[2](content) ?? Buffer.alloc(0)
    const claimsGigabyte = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x03, 0, 0, 0])
    for (const bad of [block.subarray(0, block.length - 9), claimsGigabyte, Buffer.alloc(0)]) {
      await t.rejects(unpack(2, bad, options), { name: 'UnreadableError' })
      t.same(await unpack(2, block, options), content)
    }
  }
)
