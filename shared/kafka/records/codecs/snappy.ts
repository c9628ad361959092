import type { Pace } from '../pace.ts'
import { copyLiterals, repeat } from './lz4.ts'
import { UnreadableError } from './unreadable-error.ts'

/** Java's producer writes blocks of 32 KiB behind this header, each behind its length (github.com/xerial/snappy-java). */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const xerialHeaderBytes = 16
/** No element of a block writes more than 64 bytes for 3. */
const maxRatio = 22
/** Elements between two looks at the clock. */
const elementsPerLook = 512

/**
 * Unpacks snappy, as one plain block or in the framing of Java's producer. Blocks begin with their unpacked size, so
 * that nothing is allocated for what exceeds the limit.
 * Source: format_description.txt of github.com/google/snappy.
 * @throws UnreadableError
 */
export async function unpackSnappy(
  packed: Buffer,
  { maxBytes, pace, allocate }: { maxBytes: number; pace: Pace; allocate: (bytes: number) => Buffer }
): Promise<Buffer> {
  const blocks = readBlocks(packed).map(readSize)
  const size = blocks.reduce((sum, block) => sum + block.size, 0)
  if (size > maxBytes) throw new UnreadableError(`it unpacks to more than ${maxBytes} bytes`)
  const output = allocate(size)
  let at = 0
  for (const { bytes, size } of blocks) {
    await unpackBlock(bytes, output.subarray(at, at + size), pace)
    at += size
    await pace.pause()
  }
  return output
}

/** Whether it is in the framing of Java's producer. */
export function isFramed(packed: Buffer): boolean {
  return packed.subarray(0, xerialMagic.length).equals(xerialMagic)
}

function readBlocks(packed: Buffer): Buffer[] {
  if (!isFramed(packed)) return [packed]
  const blocks: Buffer[] = []
  let position = xerialHeaderBytes
  while (position < packed.length) {
    const end = position + 4 <= packed.length ? position + 4 + packed.readUInt32BE(position) : Number.POSITIVE_INFINITY
    if (end > packed.length) throw new UnreadableError('its snappy blocks are cut short')
    blocks.push(packed.subarray(position + 4, end))
    position = end
  }
  return blocks
}

function readSize(block: Buffer): { bytes: Buffer; size: number } {
  let size = 0
  for (let index = 0; index < 5; index += 1) {
    const byte = block[index]
    if (byte === undefined) break
    size += (byte & 0x7f) * 2 ** (7 * index)
    if (byte >= 0x80) continue
    const bytes = block.subarray(index + 1)
    if (size > bytes.length * maxRatio) throw new UnreadableError('a snappy block claims more than it can hold')
    return { bytes, size }
  }
  throw new UnreadableError('a snappy block does not begin with its size')
}

async function unpackBlock(bytes: Buffer, output: Buffer, pace: Pace): Promise<void> {
  let position = 0
  let at = 0
  /** A little-endian number of up to four bytes. */
  const read = (length: number): number => {
    if (position + length > bytes.length) throw new UnreadableError('a snappy block is cut short')
    position += length
    return bytes.readUIntLE(position - length, length)
  }
  for (let element = 1; position < bytes.length; element += 1) {
    const tag = read(1)
    const kind = tag & 3
    if (kind === 0) {
      const short = tag >> 2
      const length = 1 + (short < 60 ? short : read(short - 59))
      if (position + length > bytes.length || at + length > output.length) {
        throw new UnreadableError('a snappy block is cut short')
      }
      copyLiterals(bytes, position, output, at, length)
      position += length
      at += length
    } else {
      const length = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2)
      const distance = kind === 1 ? (tag >> 5) * 256 + read(1) : read(kind === 2 ? 2 : 4)
      if (distance === 0 || distance > at) throw new UnreadableError('a snappy block refers to bytes before its start')
      if (at + length > output.length) throw new UnreadableError('a snappy block is longer than it claims')
      repeat(output, at, distance, length)
      at += length
    }
    if (element % elementsPerLook === 0) await pace.pause()
  }
  if (at !== output.length) throw new UnreadableError('a snappy block is shorter than it claims')
}
