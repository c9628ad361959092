import { crc32c, Writer } from '@platformatic/kafka'
import { encodeHeaders } from '../producing/record-batch.ts'
import type { RecordToWrite } from './port.ts'

const headerBytes = 61
const crcStart = 21

/**
 * An uncompressed record batch (magic 2, KIP-98) without a producer id.
 * @param nowMs the timestamp of records that have none
 */
export function encodeBatch(records: readonly RecordToWrite[], nowMs: number): Buffer {
  const times = records.map(({ timestampMs = nowMs }) => timestampMs)
  const [firstMs = nowMs] = times
  const latestMs = times.reduce((latest, each) => Math.max(latest, each), firstMs)
  const body = Buffer.concat(
    records.map((record, index) => encodeRecord(record, { offset: index, timeMs: (times[index] ?? firstMs) - firstMs }))
  )
  const batch = Buffer.alloc(headerBytes + body.length)
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt32BE(-1, 12)
  batch.writeInt8(2, 16)
  batch.writeInt32BE(records.length - 1, 23)
  batch.writeBigInt64BE(BigInt(firstMs), 27)
  batch.writeBigInt64BE(BigInt(latestMs), 35)
  batch.writeBigInt64BE(-1n, 43)
  batch.writeInt16BE(-1, 51)
  batch.writeInt32BE(-1, 53)
  batch.writeInt32BE(records.length, 57)
  body.copy(batch, headerBytes)
  batch.writeUInt32BE(crc32c(batch.subarray(crcStart)) >>> 0, 17)
  return batch
}

/** @param deltas from the first record of the batch */
function encodeRecord({ key, value, headers }: RecordToWrite, deltas: { offset: number; timeMs: number }): Buffer {
  return Writer.create()
    .appendInt8(0)
    .appendVarInt64(BigInt(deltas.timeMs))
    .appendVarInt(deltas.offset)
    .appendVarIntBytes(key)
    .appendVarIntBytes(value)
    .append(encodeHeaders(headers))
    .prependVarIntLength().buffer
}
