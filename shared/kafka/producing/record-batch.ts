import { compressionsAlgorithms, crc32c } from '@platformatic/kafka'

/** Bytes of a record batch (magic 2) before its records. */
export const headerBytes = 61
const crcStart = 21
const snappy = 2

/** The writer of a batch, by which the broker distinguishes a retry from a new batch (KIP-98). */
export interface ProducerIdentity {
  id: bigint
  epoch: number
}

export interface BatchRecord {
  key: string
  value: string
  tag?: number | undefined
}

/**
 * A record batch that grows record by record, in the form that goes to the broker and to its log (magic 2, KIP-98). The
 * records are encoded once, as they are appended.
 */
export interface BatchBuilder {
  readonly records: number
  readonly tags: readonly number[]
  /** Bytes so far, header included, before compression. */
  readonly uncompressedBytes: number
  /** Returns false, without appending, if the record does not fit into the batch. */
  append(record: BatchRecord, timestampMs: number): boolean
  /** Compresses the records: nothing can be appended after it. Resolves to the batch, complete but for stamp(). */
  seal(): Uint8Array
  /** Writes identity, sequence and checksum into the sealed batch. */
  stamp(identity: ProducerIdentity, baseSequence: number): Uint8Array
}

/** @param capacityBytes the batch takes records up to this size in all, or one record of any size */
export function createBatchBuilder(capacityBytes: number): BatchBuilder {
  let buffer = Buffer.allocUnsafe(capacityBytes)
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
    append({ key, value, tag }, timestampMs) {
      if (sealed) throw new Error('the batch is sealed')
      if (records === 0) baseTimestamp = timestampMs
      const keyBytes = Buffer.byteLength(key)
      const valueBytes = Buffer.byteLength(value)
      const timestampDelta = timestampMs - baseTimestamp
      const body =
        1 +
        varintBytes(timestampDelta) +
        varintBytes(records) +
        varintBytes(keyBytes) +
        keyBytes +
        varintBytes(valueBytes) +
        valueBytes +
        1
      const needed = varintBytes(body) + body
      if (position + needed > buffer.length) {
        if (records > 0) return false
        const larger = Buffer.allocUnsafe(position + needed)
        buffer = larger
      }
      position = writeVarint(buffer, position, body)
      buffer[position++] = 0
      position = writeVarint(buffer, position, timestampDelta)
      position = writeVarint(buffer, position, records)
      position = writeVarint(buffer, position, keyBytes)
      position += buffer.write(key, position, 'utf8')
      position = writeVarint(buffer, position, valueBytes)
      position += buffer.write(value, position, 'utf8')
      buffer[position++] = 0
      records += 1
      maxTimestamp = Math.max(maxTimestamp, timestampMs)
      if (tag !== undefined) tags.push(tag)
      return true
    },
    seal() {
      if (sealed) return sealed
      const compressed = compressionsAlgorithms.snappy.compressSync(buffer.subarray(headerBytes, position))
      const batch = Buffer.allocUnsafe(headerBytes + compressed.length)
      batch.writeBigInt64BE(0n, 0)
      batch.writeInt32BE(batch.length - 12, 8)
      batch.writeInt32BE(-1, 12)
      batch.writeInt8(2, 16)
      batch.writeInt16BE(snappy, crcStart)
      batch.writeInt32BE(records - 1, 23)
      batch.writeBigInt64BE(BigInt(baseTimestamp), 27)
      batch.writeBigInt64BE(BigInt(maxTimestamp), 35)
      batch.writeInt32BE(records, 57)
      compressed.copy(batch, headerBytes)
      sealed = batch
      // The uncompressed bytes are no longer needed: a batch in flight holds only its compressed form.
      buffer = Buffer.alloc(0)
      return batch
    },
    stamp(identity, baseSequence) {
      if (!sealed) throw new Error('the batch is not sealed')
      sealed.writeBigInt64BE(identity.id, 43)
      sealed.writeInt16BE(identity.epoch, 51)
      sealed.writeInt32BE(baseSequence, 53)
      sealed.writeUInt32BE(crc32c(sealed.subarray(crcStart)), 17)
      return sealed
    }
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
