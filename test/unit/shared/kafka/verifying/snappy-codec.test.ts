import t from 'tap'
import { snappyCodec } from '#shared/kafka/verifying/snappy-codec.ts'

const text = Buffer.from('a log line that repeats itself, a log line that repeats itself. '.repeat(2000))

/**
 * The framing of org.xerial.snappy.SnappyOutputStream: magic, version, compatible version, then length and block by
 * block.
 */
async function xerial(data: Buffer<ArrayBuffer>, blockBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])]
  for (let start = 0; start < data.length; start += blockBytes) {
    const block = await snappyCodec.compress({ buffer: data.subarray(start, start + blockBytes) })
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

t.test('reads what it writes', async (t) => {
  const compressed = await snappyCodec.compress({ buffer: text })
  t.ok(compressed.length < text.length / 5)
  t.same(await snappyCodec.decompress(compressed), text)
})

t.test("reads the framing of Java's producer, in one block and in many", async (t) => {
  t.same(await snappyCodec.decompress(await xerial(text, text.length)), text)
  t.same(await snappyCodec.decompress(await xerial(text, 32_768)), text)
})

t.test('a block that is cut short is refused', async (t) => {
  const compressed = await snappyCodec.compress({ buffer: text })
  await t.rejects(snappyCodec.decompress(compressed.subarray(0, compressed.length - 10)))
})
