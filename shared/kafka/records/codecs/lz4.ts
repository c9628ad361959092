import type { Pace } from '../pace.ts'
import { UnreadableError } from './unreadable-error.ts'

const frameMagic = 0x184d2204
const headerBytes = 7
const [hasBlockChecksums, hasContentSize, hasDictionary] = [0x10, 0x08, 0x01]
const [contentSizeBytes, dictionaryBytes, checksumBytes] = [8, 4, 4]
const isStored = 0x8000_0000
const minMatch = 4
/** Below, a loop is faster than a call. */
const shortBytes = 32
/** Sequences between two looks at the clock. */
const sequencesPerLook = 512

/**
 * Unpacks an LZ4 frame, as Kafka's clients write it. Reads it twice: the first time only for its size, so that nothing
 * is allocated for one that exceeds the limit. Checks no checksums: those of the record batch cover the same bytes.
 * Source: lz4_Frame_format.md and lz4_Block_format.md of github.com/lz4/lz4.
 * @throws UnreadableError
 */
export async function unpackLz4(
  packed: Buffer,
  { maxBytes, pace, allocate }: { maxBytes: number; pace: Pace; allocate: (bytes: number) => Buffer }
): Promise<Buffer> {
  const blocks = readFrame(packed)
  let size = 0
  for (const block of blocks) {
    size = await unpackBlock(block, { output: undefined, at: size, maxBytes, pace })
  }
  const output = allocate(size)
  let at = 0
  for (const block of blocks) {
    at = await unpackBlock(block, { output, at, maxBytes, pace })
    await pace.pause()
  }
  return output
}

interface Block {
  bytes: Buffer
  stored: boolean
}

/** The blocks of the first frame; what follows its end mark is ignored, as other clients do. */
function readFrame(packed: Buffer): Block[] {
  if (packed.length < headerBytes || packed.readUInt32LE(0) !== frameMagic)
    throw new UnreadableError('it is no LZ4 frame')
  const flags = packed[4] ?? 0
  if (flags >> 6 !== 1) throw new UnreadableError(`LZ4 frames of version ${flags >> 6} are unknown`)
  const trailer = (flags & hasBlockChecksums) !== 0 ? checksumBytes : 0
  let position =
    headerBytes +
    ((flags & hasContentSize) !== 0 ? contentSizeBytes : 0) +
    ((flags & hasDictionary) !== 0 ? dictionaryBytes : 0)
  const blocks: Block[] = []
  for (;;) {
    if (position + 4 > packed.length) throw new UnreadableError('its LZ4 frame is cut short')
    const word = packed.readUInt32LE(position)
    if (word === 0) return blocks
    const length = word % isStored
    const end = position + 4 + length
    if (end + trailer > packed.length) throw new UnreadableError('its LZ4 frame is cut short')
    blocks.push({ bytes: packed.subarray(position + 4, end), stored: word >= isStored })
    position = end + trailer
  }
}

/**
 * Unpacks one block behind what precedes it, which its matches may refer to.
 * @param target.output undefined to measure only
 * @returns the position behind it
 */
async function unpackBlock(
  { bytes, stored }: Block,
  target: { output: Buffer | undefined; at: number; maxBytes: number; pace: Pace }
): Promise<number> {
  const { output, maxBytes, pace } = target
  let { at } = target
  const reserve = (length: number): void => {
    if (at + length > maxBytes) throw new UnreadableError(`it unpacks to more than ${maxBytes} bytes`)
  }
  if (stored) {
    reserve(bytes.length)
    if (output !== undefined) bytes.copy(output, at)
    return at + bytes.length
  }
  let position = 0
  /** Lengths of 15 and more continue in bytes of up to 255. */
  const readLength = (start: number): number => {
    if (start < 15) return start
    let length = start
    for (;;) {
      const byte = bytes[position]
      if (byte === undefined) throw new UnreadableError('an LZ4 block is cut short')
      position += 1
      length += byte
      if (byte < 255) return length
    }
  }
  for (let sequence = 1; ; sequence += 1) {
    const token = bytes[position]
    if (token === undefined) throw new UnreadableError('an LZ4 block is cut short')
    position += 1
    const literals = readLength(token >> 4)
    if (position + literals > bytes.length) throw new UnreadableError('an LZ4 block is cut short')
    reserve(literals)
    if (output !== undefined) copyLiterals(bytes, position, output, at, literals)
    at += literals
    position += literals
    // The last sequence has literals only.
    if (position === bytes.length) return at
    if (position + 2 > bytes.length) throw new UnreadableError('an LZ4 block is cut short')
    const distance = bytes.readUInt16LE(position)
    position += 2
    const length = readLength(token & 15) + minMatch
    if (distance === 0 || distance > at) throw new UnreadableError('an LZ4 block refers to bytes before its start')
    reserve(length)
    if (output !== undefined) repeat(output, at, distance, length)
    at += length
    if (sequence % sequencesPerLook === 0) await pace.pause()
  }
}

export function copyLiterals(bytes: Buffer, position: number, output: Buffer, at: number, length: number): void {
  if (length >= shortBytes) bytes.copy(output, at, position, position + length)
  else for (let index = 0; index < length; index += 1) output[at + index] = bytes[position + index] ?? 0
}

/** Copies from `distance` bytes before; a match may overlap what it writes, and then repeats it. */
export function repeat(output: Buffer, at: number, distance: number, length: number): void {
  const end = at + length
  if (length < shortBytes) {
    for (let to = at; to < end; to += 1) output[to] = output[to - distance] ?? 0
    return
  }
  // Each round copies all that is there since the start of the match, twice as much as the one before.
  const from = at - distance
  for (let to = at; to < end; ) {
    const taken = Math.min(to - from, end - to)
    output.copyWithin(to, from, from + taken)
    to += taken
  }
}
