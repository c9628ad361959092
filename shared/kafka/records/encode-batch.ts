import { checksumOf } from '../producing/record-batch.ts'
import type { RecordToWrite } from './port.ts'

const headerBytes = 61

/**
 * An uncompressed record batch (magic 2, KIP-98) without a producer id, written at once into a buffer of its size.
 * @param nowMs the timestamp of records that have none
 */
export function encodeBatch(records: readonly RecordToWrite[], nowMs: number): Buffer {
  const firstMs = records[0]?.timestampMs ?? nowMs
  let latestMs = firstMs
  let bytes = headerBytes
  /** Of each record, behind its length. */
  const sizes = records.map((record, offset) => {
    const timeMs = record.timestampMs ?? nowMs
    latestMs = Math.max(latestMs, timeMs)
    const size = sizeOf(record, { offset, timeMs: timeMs - firstMs })
    bytes += varintBytes(size) + size
    return size
  })
  const batch = Buffer.allocUnsafeSlow(bytes)
  batch.writeBigInt64BE(0n, 0)
  batch.writeInt32BE(bytes - 12, 8)
  batch.writeInt32BE(-1, 12)
  batch.writeInt8(2, 16)
  batch.writeInt16BE(0, 21)
  batch.writeInt32BE(records.length - 1, 23)
  batch.writeBigInt64BE(BigInt(firstMs), 27)
  batch.writeBigInt64BE(BigInt(latestMs), 35)
  batch.writeBigInt64BE(-1n, 43)
  batch.writeInt16BE(-1, 51)
  batch.writeInt32BE(-1, 53)
  batch.writeInt32BE(records.length, 57)
  let position = headerBytes
  for (const [offset, record] of records.entries()) {
    position = writeVarint(batch, position, sizes[offset] ?? 0)
    position = writeRecord(batch, position, record, { offset, timeMs: (record.timestampMs ?? nowMs) - firstMs })
  }
  batch.writeUInt32BE(checksumOf(batch), 17)
  return batch
}

/** From the first record of the batch. */
interface Deltas {
  offset: number
  timeMs: number
}

function sizeOf({ key, value, headers }: RecordToWrite, { offset, timeMs }: Deltas): number {
  let size = 1 + varintBytes(timeMs) + varintBytes(offset) + fieldBytes(key) + fieldBytes(value)
  size += varintBytes(headers.length)
  for (const [name, content] of headers) {
    const nameBytes = Buffer.byteLength(name)
    size += varintBytes(nameBytes) + nameBytes + fieldBytes(content)
  }
  return size
}

function fieldBytes(content: Buffer | null): number {
  return content === null ? 1 : varintBytes(content.length) + content.length
}

/** @returns the position behind it */
function writeRecord(
  batch: Buffer,
  start: number,
  { key, value, headers }: RecordToWrite,
  { offset, timeMs }: Deltas
): number {
  let position = start
  batch[position++] = 0 // attributes
  position = writeVarint(batch, position, timeMs)
  position = writeVarint(batch, position, offset)
  position = writeField(batch, position, key)
  position = writeField(batch, position, value)
  position = writeVarint(batch, position, headers.length)
  for (const [name, content] of headers) {
    position = writeVarint(batch, position, Buffer.byteLength(name))
    position += batch.write(name, position)
    position = writeField(batch, position, content)
  }
  return position
}

function writeField(batch: Buffer, start: number, content: Buffer | null): number {
  if (content === null) return writeVarint(batch, start, -1)
  const position = writeVarint(batch, start, content.length)
  batch.set(content, position)
  return position + content.length
}

/** Bytes of a whole number as a zigzag varint of up to 64 bits. */
function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = Math.floor(magnitudeOf(value) / 64); rest > 0; rest = Math.floor(rest / 128)) bytes += 1
  return bytes
}

/** @returns the position behind it */
function writeVarint(batch: Buffer, start: number, value: number): number {
  let position = start
  const magnitude = magnitudeOf(value)
  let byte = (magnitude % 64) * 2 + (value < 0 ? 1 : 0)
  for (let rest = Math.floor(magnitude / 64); rest > 0; rest = Math.floor(rest / 128)) {
    batch[position++] = byte | 0x80
    byte = rest % 128
  }
  batch[position++] = byte
  return position
}

/** What zigzag doubles, before it adds the sign: of a number that is exact, it is exact too. */
function magnitudeOf(value: number): number {
  return value < 0 ? -value - 1 : value
}
