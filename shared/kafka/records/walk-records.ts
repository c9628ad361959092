import type { RecordsHeader, Unreadable } from './batch-records.ts'
import type { RecordView } from './port.ts'
import { minRecordBytes } from './record-cursor.ts'

/**
 * Shows the records of a batch one after the other and decodes no more of them than where their parts begin and end, which
 * costs a tenth of decoding them. Trusts no length, as indexRecords().
 * @returns the offsets whose records cannot be read
 */
export function walkRecords(
  { baseOffset, nextOffset, count }: Pick<RecordsHeader, 'baseOffset' | 'nextOffset' | 'count'>,
  bytes: Buffer,
  visit: (record: RecordView) => void
): Unreadable[] {
  const view: RecordView = {
    ...{ offset: 0, bytes, start: 0, keyStart: 0, keyEnd: 0 },
    ...{ valueStart: 0, valueEnd: 0, headersStart: 0, headersEnd: 0 }
  }
  const unreadable: Unreadable[] = []
  let position = 0
  let last = baseOffset - 1

  /** Up to 32 bits, zigzag. Beyond the end of the bytes it reads zeros: whoever calls it compares the position. */
  const varint = (): number => {
    let byte = bytes[position++] ?? 0
    let value = byte & 0x7f
    for (let shift = 7; byte >= 0x80 && shift < 35; shift += 7) {
      byte = bytes[position++] ?? 0
      value |= (byte & 0x7f) << shift
    }
    return (value >>> 1) ^ -(value & 1)
  }

  for (let nth = 0; nth < count; nth += 1) {
    view.start = position
    const length = varint()
    const end = position + length
    if (length < minRecordBytes - 1 || end > bytes.length) {
      unreadable.push({ from: last + 1, to: nextOffset, reason: 'a record has an impossible length' })
      return unreadable
    }
    position += 1 // attributes, of which none are defined
    while ((bytes[position++] ?? 0) >= 0x80); // timestamp
    const offset = baseOffset + varint()
    const keyBytes = varint()
    view.keyStart = position
    view.keyEnd = position + keyBytes
    position += Math.max(0, keyBytes)
    const valueBytes = varint()
    view.valueStart = position
    view.valueEnd = position + valueBytes
    position += Math.max(0, valueBytes)
    if (offset <= last || offset >= nextOffset) {
      unreadable.push({ from: last + 1, to: nextOffset, reason: 'a record has an impossible offset' })
      return unreadable
    }
    last = offset
    if (keyBytes < -1 || valueBytes < -1 || position >= end) {
      unreadable.push({ from: offset, to: offset + 1, reason: 'a field has an impossible length' })
    } else {
      view.offset = offset
      view.headersStart = position
      view.headersEnd = end
      visit(view)
    }
    position = end
  }
  return unreadable
}
