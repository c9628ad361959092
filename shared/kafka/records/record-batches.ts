import { crc32c } from '@platformatic/kafka'
import type { AbortedTransaction } from '../protocol/fetch.ts'
import { createAbortedFilter } from './aborted-filter.ts'
import { type BatchRecords, indexRecords, noRecords, type RecordsHeader, type Unreadable } from './batch-records.ts'
import { type Unpacking, unpack } from './codecs/unpack.ts'
import { UnreadableError } from './codecs/unreadable-error.ts'
import { createPace } from './pace.ts'
import { createRecordCursor } from './record-cursor.ts'

/** Bytes of a batch before its length counts (base offset and length), and before its records (KIP-98). */
const prefixBytes = 12
const headerBytes = 61
/** Messages from before Kafka 0.11 have at least so many. */
const minBytes = 26
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
  /** None for a control batch and for one of an aborted transaction. */
  records: BatchRecords
  /** Offsets of the batch whose records cannot be decoded. */
  unreadable: Unreadable[]
}

/** A batch whose records are unpacked and not decoded yet. */
export interface UnpackedBatch extends Omit<DecodedBatch, 'records'> {
  /** Its records one after the other; null for a control batch, one of an aborted transaction and an unreadable one. */
  content: { header: RecordsHeader; bytes: Buffer } | null
}

export interface Decoding extends Partial<Unpacking> {
  /** Batches to skip, from the fetch that returned the bytes. */
  aborted?: readonly AbortedTransaction[]
  /** Another way to unpack; unpack() when undefined. */
  unpackWith?: typeof unpack
}

/**
 * Decodes whole batches one by one. Leaves out one that is incomplete at the end of the bytes, and those that start at
 * or after `to`; but always decodes the first, so that a reader advances. Whatever the bytes are, it throws nothing:
 * offsets ascend from `from`, and what cannot be decoded is reported with the offsets that it covers.
 */
export async function* decodeBatches(
  span: { partition: number; from: number; to: number },
  bytes: Buffer,
  { pace = createPace(), ...decoding }: Decoding = {}
): AsyncGenerator<DecodedBatch> {
  for await (const { content, ...batch } of unpackBatches(span, bytes, { pace, ...decoding })) {
    if (content === null) yield { ...batch, records: noRecords }
    else yield { ...batch, ...(await indexRecords(content.header, content.bytes, pace)) }
  }
}

/** Unpacks whole batches one by one, and leaves their records to the caller; otherwise like decodeBatches(). */
export async function* unpackBatches(
  { partition, from, to }: { partition: number; from: number; to: number },
  bytes: Buffer,
  { aborted = [], pace = createPace(), ...unpacking }: Decoding = {}
): AsyncGenerator<UnpackedBatch> {
  const isAborted = createAbortedFilter(aborted)
  let expected = from
  let position = 0
  while (position < bytes.length) {
    const isFirst = position === 0
    const end = endOfBatch(bytes, position)
    if (end === undefined) {
      // Brokers send the first batch whole (KIP-74): another one is fetched again, as the first.
      if (isFirst) yield unreadableBatch(expected, expected + 1, bytes.length, 'its length cannot be true')
      return
    }
    const batch = bytes.subarray(position, end)
    if (!isFirst && offsetAt(batch, 0) >= to) return
    const following = endOfBatch(bytes, end) === undefined ? undefined : offsetAt(bytes, end)
    const place = { partition, expected, isFirst, following }
    const unpacked = await unpackBatch(batch, place, isAborted, { pace, ...unpacking })
    yield unpacked
    expected = unpacked.nextOffset
    position = end
    await pace.pause()
  }
}

/** undefined if it lies outside of the bytes, or would leave no room for a batch. */
function endOfBatch(bytes: Buffer, position: number): number | undefined {
  if (position + minBytes > bytes.length) return undefined
  const length = prefixBytes + bytes.readInt32BE(position + 8)
  return length < minBytes || position + length > bytes.length ? undefined : position + length
}

function offsetAt(bytes: Buffer, position: number): number {
  return Number(bytes.readBigInt64BE(position))
}

interface Place {
  partition: number
  /** The lowest offset that is not read yet. */
  expected: number
  /** The first batch of a fetch may begin before what was requested. */
  isFirst: boolean
  /** The base offset of the next batch, as far as it can be seen. */
  following: number | undefined
}

function unreadableBatch(from: number, to: number, bytes: number, reason: string): UnpackedBatch {
  return { baseOffset: from, nextOffset: to, bytes, content: null, unreadable: [{ from, to, reason }] }
}

async function unpackBatch(
  batch: Buffer,
  { partition, expected, isFirst, following }: Place,
  isAborted: ReturnType<typeof createAbortedFilter>,
  { unpackWith = unpack, ...unpacking }: Unpacking & Pick<Decoding, 'unpackWith'>
): Promise<UnpackedBatch> {
  const magic = batch.readInt8(16)
  const baseOffset = offsetAt(batch, 0)
  const next = following !== undefined && following > expected ? following : undefined
  /** Nothing of the header is certain: what follows the batch, if it is known, says where it ends. */
  const broken = (reason: string, claimed = expected + 1) =>
    unreadableBatch(expected, Math.max(expected + 1, Math.min(claimed, next ?? claimed)), batch.length, reason)

  // A message from before Kafka 0.11 is single, or has the offset of the last one in it.
  if (magic === 0 || magic === 1) return broken(`format ${magic}`, baseOffset + 1)
  if (magic !== 2 || batch.length < headerBytes) return broken(`format ${magic} is unknown`, next)
  const nextOffset = baseOffset + batch.readInt32BE(23) + 1
  if (crc32c(batch.subarray(crcStart)) >>> 0 !== batch.readUInt32BE(17)) {
    return broken('its checksum is wrong', Math.min(nextOffset, expected + Math.max(1, batch.readInt32BE(57))))
  }
  // The checksum does not cover the base offset.
  const isMisplaced = baseOffset < 0 || nextOffset <= baseOffset || nextOffset <= expected
  const isOutOfOrder =
    baseOffset < expected ? !isFirst : baseOffset > expected && next !== undefined && nextOffset > next
  if (isMisplaced || isOutOfOrder || !Number.isSafeInteger(nextOffset)) {
    return broken('its offsets are not those of its place in the log', next)
  }
  const attributes = batch.readInt16BE(crcStart)
  const isControl = (attributes & control) !== 0
  const place = { baseOffset, nextOffset, bytes: batch.length, content: null, unreadable: [] }
  const isSkipped = isAborted({
    producerId: batch.readBigInt64BE(43),
    lastOffset: nextOffset - 1,
    transactional: (attributes & transactional) !== 0,
    abortMarker: isControl && markerType(batch) === abortMarker
  })
  if (isControl || isSkipped) return place
  const [baseTimestamp, maxTimestamp] = [offsetAt(batch, 27), offsetAt(batch, 35)]
  const isLogAppendTime = (attributes & logAppendTime) !== 0
  try {
    const unpacked = await unpackWith(attributes & compressionMask, batch.subarray(headerBytes), unpacking)
    const timestampOf = (delta: number) => (isLogAppendTime ? maxTimestamp : baseTimestamp + delta)
    const header = { partition, baseOffset, nextOffset, count: batch.readInt32BE(57), timestampOf }
    return { ...place, content: { header, bytes: unpacked }, bytes: Math.max(batch.length, unpacked.length) }
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error
    return { ...place, unreadable: [{ from: baseOffset, to: nextOffset, reason: error.message }] }
  }
}

/** The transaction outcome in a control batch; undefined for an unreadable one. */
function markerType(batch: Buffer): number | undefined {
  const cursor = createRecordCursor(batch.subarray(headerBytes))
  if (cursor.enterRecord() === undefined) return undefined
  try {
    cursor.skip(1)
    cursor.skipVarint()
    cursor.skipVarint()
    const key = cursor.bytes()
    return key === null || key.length < 4 ? undefined : key.readInt16BE(2)
  } catch (error) {
    if (error instanceof UnreadableError) return undefined
    throw error
  }
}
