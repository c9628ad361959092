import { UnreadableError } from './codecs/unreadable-error.ts'
import type { Pace } from './pace.ts'
import { type LogRecord, type RecordView, weigh } from './port.ts'
import { createRecordCursor, type RecordCursor } from './record-cursor.ts'

/** A record, or a place in the log whose record cannot be decoded: then it has no content. */
export interface ReadRecord extends LogRecord {
  /** Why. */
  unreadable?: string
}

/**
 * Offsets of the log that cannot be read: `from` inclusive, `to` exclusive. Both are the same for what lies before
 * `from` and has no offset left to it.
 */
export interface Unreadable {
  from: number
  to: number
  reason: string
}

/** The records of a batch, decoded while they are read: a batch may hold millions. */
export interface BatchRecords {
  /** Those from an offset (inclusive) to another (exclusive), by offset or against it. */
  between(from: number, to: number, order: 'ascending' | 'descending'): Iterable<ReadRecord>
}

export const noRecords: BatchRecords = { between: () => [] }

/** What a batch's header says of its records. */
export interface RecordsHeader {
  partition: number
  baseOffset: number
  nextOffset: number
  /** How many there are. */
  count: number
  timestampOf: (delta: number) => number
}

/** Number of records to decode at a time. */
const chunkRecords = 64
/** Records between two looks at the clock. */
const recordsPerLook = 256
/** After so many records without a valid offset, the rest of the batch counts as unreadable. */
const maxStrays = 100
const strayReason = 'a record has an impossible offset'
/** A record of more is not shown: a record of 64 MiB may hold millions. */
const maxHeaders = 1000

/**
 * Finds the records of a batch without decoding them: keeps one position for each chunk of records. Their offsets
 * ascend, and lie within the batch; a record whose offset does not, and all that follows a length that cannot be true,
 * is unreadable. The number that the header claims is not trusted either: the bytes end the search.
 */
export async function indexRecords(
  header: RecordsHeader,
  bytes: Buffer,
  pace: Pace
): Promise<{ records: BatchRecords; unreadable: Unreadable[] }> {
  const { baseOffset, nextOffset, count } = header
  const cursor = createRecordCursor(bytes)
  const chunks: Chunk[] = []
  const unreadable: Unreadable[] = []
  let inChunk = chunkRecords
  let last = baseOffset - 1
  let strays = 0
  let isStray = false
  let reason: string | undefined
  for (let nth = 0; nth < count && strays <= maxStrays; nth += 1) {
    if (nth % recordsPerLook === 0) await pace.pause()
    const position = cursor.position()
    if (position === bytes.length) {
      reason = `it claims ${count} records and has ${nth}`
      break
    }
    const end = cursor.enterRecord()
    if (end === undefined) {
      cursor.jump(position)
      reason = 'a record has an impossible length'
      break
    }
    const offset = offsetOf(cursor, header, last)
    cursor.jump(end)
    if (offset === undefined) {
      strays += 1
      isStray = true
      continue
    }
    if (isStray) unreadable.push({ from: last + 1, to: offset, reason: strayReason })
    isStray = false
    last = offset
    inChunk += 1
    if (inChunk < chunkRecords) continue
    inChunk = 0
    chunks.push({ position, offset })
  }
  const indexed = cursor.position()
  if (isStray) reason ??= strayReason
  if (indexed < bytes.length) reason ??= 'bytes follow its last record'
  if (reason !== undefined) unreadable.push({ from: last + 1, to: nextOffset, reason })
  return { records: recordsOf(header, bytes.subarray(0, indexed), chunks), unreadable }
}

interface Chunk {
  position: number
  /** Of its first record. */
  offset: number
}

function recordsOf(header: RecordsHeader, bytes: Buffer, chunks: readonly Chunk[]): BatchRecords {
  /** The last chunk that begins at or before an offset. */
  const chunkAt = (offset: number): number => {
    let [low, high] = [0, chunks.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((chunks[middle]?.offset ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
  const decode = (index: number): ReadRecord[] => {
    const chunk = chunks[index]
    return chunk === undefined ? [] : decodeChunk(header, bytes, chunk, chunks[index + 1]?.position ?? bytes.length)
  }
  return {
    *between(from, to, order) {
      const [first, last] = [chunkAt(from), chunkAt(to - 1)]
      const isWanted = ({ offset }: ReadRecord) => offset >= from && offset < to
      if (order === 'ascending') {
        for (let index = first; index <= last; index += 1) yield* decode(index).filter(isWanted)
      } else {
        for (let index = last; index >= first; index -= 1) yield* decode(index).filter(isWanted).reverse()
      }
    }
  }
}

function decodeChunk(header: RecordsHeader, bytes: Buffer, { position, offset }: Chunk, end: number): ReadRecord[] {
  const cursor = createRecordCursor(bytes)
  cursor.jump(position)
  const records: ReadRecord[] = []
  let last = offset - 1
  while (cursor.position() < end) {
    const next = cursor.enterRecord()
    if (next === undefined) break
    const found = offsetOf(cursor, header, last)
    if (found !== undefined) {
      records.push(decodeRecord(cursor, header, found))
      last = found
    }
    cursor.jump(next)
  }
  return records
}

/** The record that a view of walkRecords() shows, whose key and value lie within it. */
export function recordOf(
  { partition, timestampOf }: Pick<RecordsHeader, 'partition' | 'timestampOf'>,
  view: RecordView
): ReadRecord {
  const { bytes, offset, keyStart, keyEnd, valueStart, valueEnd, headersStart, headersEnd } = view
  const delta = bytes[headersStart] === 0 && headersStart + 1 === headersEnd ? timeDeltaOf(view) : null
  if (delta === null) {
    const cursor = createRecordCursor(bytes)
    cursor.jump(view.start)
    cursor.enterRecord()
    return decodeRecord(cursor, { partition, timestampOf }, offset)
  }
  // Most records of most topics: a fifth of the time.
  const key = keyEnd < keyStart ? null : bytes.subarray(keyStart, keyEnd)
  const value = valueEnd < valueStart ? null : bytes.subarray(valueStart, valueEnd)
  const sizeBytes = (key?.length ?? 0) + (value?.length ?? 0)
  return { partition, offset, timestampMs: timestampOf(delta), key, value, headers: [], sizeBytes }
}

/** How much later than its batch's base time a record is; null for hours. */
function timeDeltaOf({ bytes, start }: RecordView): number | null {
  let position = start
  while ((bytes[position++] ?? 0) >= 0x80); // length
  position += 1 // attributes
  let value = 0
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[position++] ?? 0
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
  }
  return null
}

/** Reads a record up to its offset; undefined if that is none. */
function offsetOf(cursor: RecordCursor, { baseOffset, nextOffset }: RecordsHeader, last: number): number | undefined {
  try {
    cursor.skip(1) // attributes, of which none are defined
    cursor.skipVarint() // timestamp
    const offset = baseOffset + cursor.varint()
    return offset > last && offset < nextOffset ? offset : undefined
  } catch (error) {
    if (error instanceof UnreadableError) return undefined
    throw error
  }
}

/** Decodes the record that a cursor is in. */
function decodeRecord(
  cursor: RecordCursor,
  { partition, timestampOf }: Pick<RecordsHeader, 'partition' | 'timestampOf'>,
  offset: number
): ReadRecord {
  const place = { partition, offset }
  cursor.restart()
  try {
    cursor.skip(1)
    const timestampMs = timestampOf(cursor.varlong())
    cursor.skipVarint() // offset
    const key = cursor.bytes()
    const value = cursor.bytes()
    const headers = readHeaders(cursor)
    if (cursor.left() > 0) throw new UnreadableError('bytes follow its last header')
    return { ...place, timestampMs, key, value, headers, sizeBytes: weigh({ key, value, headers }) }
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error
    return { ...place, timestampMs: -1, key: null, value: null, headers: [], sizeBytes: 0, unreadable: error.message }
  }
}

function readHeaders(cursor: RecordCursor): LogRecord['headers'] {
  const count = cursor.varint()
  if (count < 0) throw new UnreadableError('it has a negative number of headers')
  if (count > maxHeaders) throw new UnreadableError(`it has ${count} headers; up to ${maxHeaders} are shown`)
  return Array.from({ length: count }, () => {
    const name = cursor.bytes()
    if (name === null) throw new UnreadableError('a header has no name')
    return [name.toString(), cursor.bytes()]
  })
}
