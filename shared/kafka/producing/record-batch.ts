import { compressionsAlgorithms, crc32c, Writer } from '@platformatic/kafka'
import type { BulkRecord, Compression } from './port.ts'
import { compressSnappy } from './snappy-encoder.ts'

/** Bytes of a record batch (magic 2) before its records. */
export const headerBytes = 61
const crcStart = 21
const transactionalBit = 0x10

/** The writer of a batch, by which the broker distinguishes a retry from a new batch (KIP-98). */
export interface ProducerIdentity {
  id: bigint
  epoch: number
}

/** The identity of a producer without idempotence: brokers keep no track of its batches. */
export const anonymous: ProducerIdentity = { id: -1n, epoch: -1 }

export interface BatchBuilderOptions {
  /** The batch takes records up to this size in all, before compression, or one record of any size. */
  limitBytes: number
  compression: Compression
  /** Its records count once their transaction is committed. */
  transactional?: boolean
  buffers: BufferPool
}

/** Without a value it deletes its key from a compacted topic. */
export type BatchRecord = Omit<BulkRecord, 'partition' | 'value'> & { value: Uint8Array | null }

/**
 * A record batch that grows record by record, in the form that goes to the broker and to its log (magic 2, KIP-98). The
 * records are encoded once, as they are appended.
 */
export interface BatchBuilder {
  readonly records: number
  readonly tags: readonly number[]
  /** Bytes so far, header included, before compression. */
  readonly uncompressedBytes: number
  /** Returns the bytes that the batch has grown by, with the first record its header, too; 0 if the record does not fit. */
  append(record: BatchRecord, timestampMs: number): number
  /** Compresses the records: nothing can be appended after it. Returns the batch, complete but for stamp(). */
  seal(): Buffer
  /** Writes identity, sequence and checksum into the sealed batch. @param baseSequence -1 without an identity */
  stamp(identity: ProducerIdentity, baseSequence: number): Buffer
  /** Gives its memory back: the batch has its outcome, and nothing reads it any more. */
  release(): void
}

export function createBatchBuilder({
  limitBytes,
  compression,
  transactional,
  buffers
}: BatchBuilderOptions): BatchBuilder {
  let buffer = buffers.take(limitBytes)
  let position = headerBytes
  let records = 0
  let baseTimestamp = 0
  let maxTimestamp = 0
  let sealed: Buffer | undefined
  const tags: number[] = []

  return {
    get records() {
      return records
    },
    get tags() {
      return tags
    },
    get uncompressedBytes() {
      return position
    },
    append({ key, value, headers, tag }, timestampMs) {
      if (sealed) throw new Error('the batch is sealed')
      if (records === 0) baseTimestamp = timestampMs
      // A clock that is set back makes no negative number.
      const timestampDelta = Math.max(0, timestampMs - baseTimestamp)
      const keyBytes = key === null ? 0 : key.length
      const valueBytes = value === null ? 0 : value.length
      const headersBytes = headers ? headers.length : 1
      const body =
        1 +
        varintBytes(timestampDelta) +
        varintBytes(records) +
        varintBytes(keyBytes) +
        keyBytes +
        varintBytes(valueBytes) +
        valueBytes +
        headersBytes
      const needed = varintBytes(body) + body
      if (position + needed > limitBytes) {
        if (records > 0) return 0
        if (position + needed > buffer.length) {
          buffers.give(buffer)
          buffer = buffers.take(position + needed)
        }
      }
      position = writeVarint(buffer, position, body)
      buffer[position++] = 0
      position = writeVarint(buffer, position, timestampDelta)
      position = writeVarint(buffer, position, records)
      // The length -1, of a record without a key or a value, is 1 as a zigzag varint.
      if (key === null) buffer[position++] = 1
      else {
        position = writeVarint(buffer, position, keyBytes)
        buffer.set(key, position)
        position += keyBytes
      }
      if (value === null) buffer[position++] = 1
      else {
        position = writeVarint(buffer, position, valueBytes)
        buffer.set(value, position)
        position += valueBytes
      }
      if (headers) buffer.set(headers, position)
      else buffer[position] = 0
      position += headersBytes
      records += 1
      if (timestampMs > maxTimestamp) maxTimestamp = timestampMs
      if (tag !== undefined) tags.push(tag)
      return records === 1 ? position : needed
    },
    seal() {
      if (sealed) return sealed
      const batch = compression === 'none' ? buffer.subarray(0, position) : compressed()
      batch.writeBigInt64BE(0n, 0)
      batch.writeInt32BE(batch.length - 12, 8)
      batch.writeInt32BE(-1, 12)
      batch.writeInt8(2, 16)
      batch.writeInt16BE(compressionsAlgorithms[compression].bitmask | (transactional ? transactionalBit : 0), crcStart)
      batch.writeInt32BE(records - 1, 23)
      batch.writeBigInt64BE(BigInt(baseTimestamp), 27)
      batch.writeBigInt64BE(BigInt(maxTimestamp), 35)
      batch.writeInt32BE(records, 57)
      sealed = batch
      return batch
    },
    stamp(identity, baseSequence) {
      if (!sealed) throw new Error('the batch is not sealed')
      sealed.writeBigInt64BE(identity.id, 43)
      sealed.writeInt16BE(identity.epoch, 51)
      sealed.writeInt32BE(baseSequence, 53)
      sealed.writeUInt32BE(checksumOf(sealed), 17)
      return sealed
    },
    release() {
      if (buffer.length > 0) buffers.give(buffer)
      buffer = empty
    }
  }

  /** In the place of the records, which nobody needs any more: a batch takes no second buffer. */
  function compressed(): Buffer {
    const compress = compression === 'snappy' ? compressSnappy : compressionsAlgorithms[compression].compressSync
    const body = compress(buffer.subarray(headerBytes, position))
    if (headerBytes + body.length > buffer.length) {
      buffers.give(buffer)
      buffer = buffers.take(headerBytes + body.length)
    }
    buffer.set(body, headerBytes)
    return buffer.subarray(0, headerBytes + body.length)
  }
}

/** The checksum of a batch that is complete but for that. */
export function checksumOf(batch: Buffer): number {
  // Of a Buffer it would make a copy.
  return crc32c(Writer.create().append(batch.subarray(crcStart)).dynamicBuffer) >>> 0
}

/** The headers of a record as the record format has them, with their number first. */
export function encodeHeaders(headers: readonly (readonly [name: string, value: Uint8Array | null])[]): Buffer {
  const encoded = Writer.create().appendVarIntArray([...headers], (writer, [name, content]) => {
    writer.appendVarIntBytes(Buffer.from(name)).appendVarIntBytes(content && Buffer.from(content))
  })
  return encoded.buffer
}

const empty = Buffer.alloc(0)
/**
 * Buffers that batches leave to later ones: at full speed, hundreds of megabytes a second would otherwise be for the garbage
 * collection. It never has more than were in use at once.
 */
export interface BufferPool {
  /** A buffer of at least so many bytes, with any content. */
  take(bytes: number): Buffer
  give(buffer: Buffer): void
}

export function createBufferPool(): BufferPool {
  const idle: Buffer[] = []
  return {
    take(bytes) {
      const buffer = idle.pop()
      if (buffer && buffer.length >= bytes) return buffer
      // Batches grow with the estimate of the compression, by a little each time: with room to spare, a buffer lasts.
      return Buffer.allocUnsafeSlow(Math.ceil(Math.max(bytes, headerBytes) * 1.25))
    },
    give: (buffer) => void idle.push(buffer)
  }
}

/** Size of a number as a zigzag varint; all numbers in our batches are between 0 and 2^30. */
function varintBytes(value: number): number {
  if (value < 0x40) return 1
  if (value < 0x2000) return 2
  if (value < 0x100000) return 3
  if (value < 0x8000000) return 4
  return 5
}

function writeVarint(buffer: Buffer, start: number, value: number): number {
  let rest = value * 2
  let position = start
  while (rest >= 0x80) {
    buffer[position++] = (rest & 0x7f) | 0x80
    rest = Math.floor(rest / 128)
  }
  buffer[position++] = rest
  return position
}
