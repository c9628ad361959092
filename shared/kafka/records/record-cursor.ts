import { UnreadableError } from './codecs/unreadable-error.ts'

/** Its length, attributes, timestamp, offset, the lengths of key and value, and the number of headers: a byte each. */
export const minRecordBytes = 7

/** Reads the records of a batch (KIP-98) within bounds: no length in them is trusted. */
export interface RecordCursor {
  position(): number
  /** Continues elsewhere, between two records. */
  jump(position: number): void
  /** Reads the length of a record and enters it. @returns the position behind it; undefined if it cannot be true */
  enterRecord(): number | undefined
  /** Returns to the start of the record. */
  restart(): void
  /** The number of bytes before the end of the record. */
  left(): number
  /** @throws UnreadableError, as all that follow, if the record ends before */
  skip(bytes: number): void
  skipVarint(): void
  /** A signed number of 32 bits. */
  varint(): number
  /** A signed number of 64 bits, rounded as a JavaScript number is. */
  varlong(): number
  /** Bytes behind their length; null for a length of -1. */
  bytes(): Buffer | null
}

export function createRecordCursor(bytes: Buffer): RecordCursor {
  let position = 0
  let start = 0
  let end = bytes.length

  function readByte(): number {
    const byte = bytes[position]
    if (position >= end || byte === undefined) throw new UnreadableError('it ends within a field')
    position += 1
    return byte
  }

  /** Up to 32 bits; zigzag, as all numbers of records. */
  function readVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = readByte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte >= 0x80) continue
      if (value > 0xffff_ffff) break
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    throw new UnreadableError('a number has more than 32 bits')
  }

  return {
    position: () => position,
    jump(to) {
      position = to
      end = bytes.length
    },
    enterRecord() {
      try {
        const length = readVarint()
        if (length < minRecordBytes - 1 || length > bytes.length - position) return undefined
        start = position
        end = position + length
        return end
      } catch (error) {
        if (error instanceof UnreadableError) return undefined
        throw error
      }
    },
    restart() {
      position = start
    },
    left: () => end - position,
    skip(count) {
      if (count > end - position) throw new UnreadableError('it ends within a field')
      position += count
    },
    skipVarint() {
      for (let read = 0; read < 10; read += 1) if (readByte() < 0x80) return
      throw new UnreadableError('a number has more than 64 bits')
    },
    varint: readVarint,
    varlong() {
      let low = 0
      for (let shift = 0; shift < 49; shift += 7) {
        const byte = readByte()
        low += (byte & 0x7f) * 2 ** shift
        if (byte < 0x80) return low % 2 === 0 ? low / 2 : -(low + 1) / 2
      }
      let value = BigInt(low)
      for (let shift = 49n; shift < 70n; shift += 7n) {
        const byte = readByte()
        value += BigInt(byte & 0x7f) << shift
        if (byte < 0x80) return Number(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)))
      }
      throw new UnreadableError('a number has more than 64 bits')
    },
    bytes() {
      const length = readVarint()
      if (length === -1) return null
      if (length < 0 || length > end - position) throw new UnreadableError('a field has an impossible length')
      position += length
      return bytes.subarray(position - length, position)
    }
  }
}
