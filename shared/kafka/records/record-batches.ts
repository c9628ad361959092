import { crc32c, Reader, readRecord } from '@platformatic/kafka'
import type { AbortedTransaction } from '../protocol/fetch.ts'
import { createAbortedFilter } from './aborted-filter.ts'
import { type Unpacking, unpack } from './codecs/unpack.ts'
import { createPace } from './pace.ts'
import { type LogRecord, weigh } from './port.ts'

/** Bytes of a batch before its length counts (base offset and length), and before its records (KIP-98). */
const prefixBytes = 12
const headerBytes = 61
const crcStart = 21

const compressionMask = 0x07
const logAppendTime = 0x08
const transactional = 0x10
const control = 0x20
/** The type in a marker's key, behind two bytes of version. */
const abortMarker = 0

export interface DecodedBatch {
  baseOffset: number
  /** The offset after its last record: records in between may be missing (compaction). */
  nextOffset: number
  /** Its compressed or uncompressed size, whichever is larger. */
  bytes: number
  /** Empty for a control batch and for one of an aborted transaction. */
  records: LogRecord[]
  /** Why its records could not be read. */
  unreadable?: string
}

export interface Decoding extends Partial<Unpacking> {
  /** Batches to skip, from the fetch that returned the bytes. */
  aborted?: readonly AbortedTransaction[]
}

/**
 * Decodes whole batches one by one. Leaves out one that is incomplete at the end of the bytes, and those that start at
 * or after `to`; but always decodes the first, so that a reader advances.
 */
export async function* decodeBatches(
  { partition, to }: { partition: number; to: number },
  bytes: Buffer,
  { aborted = [], pace = createPace(), ...unpacking }: Decoding = {}
): AsyncGenerator<DecodedBatch> {
  const isAborted = createAbortedFilter(aborted)
  let position = 0
  while (bytes.length - position >= headerBytes) {
    const end = position + prefixBytes + bytes.readInt32BE(position + 8)
    if (end > bytes.length || end <= position) return
    if (position > 0 && Number(bytes.readBigInt64BE(position)) >= to) return
    yield await decodeBatch(partition, bytes.subarray(position, end), isAborted, { pace, ...unpacking })
    position = end
  }
}

async function decodeBatch(
  partition: number,
  batch: Buffer,
  isAborted: ReturnType<typeof createAbortedFilter>,
  unpacking: Unpacking
): Promise<DecodedBatch> {
  const baseOffset = Number(batch.readBigInt64BE(0))
  const magic = batch.readInt8(16)
  if (magic !== 2) {
    // Messages from before Kafka 0.11 are single: the next one has the next offset.
    return { baseOffset, nextOffset: baseOffset + 1, bytes: batch.length, records: [], unreadable: `format ${magic}` }
  }
  const attributes = batch.readInt16BE(crcStart)
  const nextOffset = baseOffset + batch.readInt32BE(23) + 1
  const place = { baseOffset, nextOffset }
  const passedOver = isAborted({
    producerId: batch.readBigInt64BE(43),
    lastOffset: nextOffset - 1,
    transactional: (attributes & transactional) !== 0,
    abortMarker: (attributes & control) !== 0 && markerType(batch) === abortMarker
  })
  if ((attributes & control) !== 0 || passedOver) return { ...place, bytes: batch.length, records: [] }
  if (crc32c(batch.subarray(crcStart)) >>> 0 !== batch.readUInt32BE(17)) {
    return { ...place, bytes: batch.length, records: [], unreadable: 'its checksum is wrong' }
  }
  try {
    const unpacked = await unpack(attributes & compressionMask, batch.subarray(headerBytes), unpacking)
    const records = readRecords(partition, batch, attributes, baseOffset, unpacked)
    return { ...place, bytes: Math.max(batch.length, unpacked.length), records }
  } catch (error) {
    const unreadable = error instanceof Error ? error.message : String(error)
    return { ...place, bytes: batch.length, records: [], unreadable }
  }
}

/** The transaction outcome in a control batch; undefined for an unreadable one. */
function markerType(batch: Buffer): number | undefined {
  try {
    return readRecord(Reader.from(batch.subarray(headerBytes))).key?.readInt16BE(2)
  } catch {
    return undefined
  }
}

function readRecords(
  partition: number,
  batch: Buffer,
  attributes: number,
  baseOffset: number,
  unpacked: Buffer
): LogRecord[] {
  const baseTimestamp = Number(batch.readBigInt64BE(27))
  const maxTimestamp = Number(batch.readBigInt64BE(35))
  const reader = Reader.from(unpacked)
  return Array.from({ length: batch.readInt32BE(57) }, () => {
    const { key, value, headers: raw, offsetDelta, timestampDelta } = readRecord(reader)
    const headers = raw.map(([name, content]): [string, Buffer | null] => [name?.toString() ?? '', content])
    return {
      partition,
      offset: baseOffset + offsetDelta,
      timestampMs: (attributes & logAppendTime) !== 0 ? maxTimestamp : baseTimestamp + Number(timestampDelta),
      key,
      value,
      headers,
      sizeBytes: weigh({ key, value, headers })
    }
  })
}
