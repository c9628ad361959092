import { createHash } from 'node:crypto'
import { parseJson } from '#shared/json.ts'

/** The fields of a drill record: its number reveals missing, duplicate and reordered records. */
export interface NumberedRecord {
  producer: string
  partition: number
  /** Increases from 0 over all partitions, and so within each partition. */
  sequence: number
}

/**
 * Records of a drill's own transaction have numbers from here on. They are in order among themselves only: another producer writes
 * them, at the same time.
 */
export const firstOfTransaction = 2 ** 40

/** The place of a record's producer among those of a drill. */
export function writerOf(sequence: number): 0 | 1 {
  return sequence < firstOfTransaction ? 0 : 1
}

/** The text of a record: its fields, padding, and a checksum over everything. */
export function encodeRecord(record: NumberedRecord): string {
  const body = { ...record, padding: digest(`padding ${record.sequence}`, 96) }
  return JSON.stringify({ ...body, checksum: checksumOf(body) })
}

/** Parses a record; undefined if the text is not a record, or its checksum does not match. */
export function decodeRecord(text: string | null): NumberedRecord | undefined {
  if (text === null) return undefined
  const parsed = parseJson(text)
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { producer, partition, sequence, padding, checksum } = parsed as Record<string, unknown>
  if (typeof producer !== 'string' || typeof partition !== 'number' || typeof sequence !== 'number') return undefined
  if (typeof padding !== 'string' || typeof checksum !== 'string') return undefined
  const record = { producer, partition, sequence }
  return checksumOf({ ...record, padding }) === checksum ? record : undefined
}

function checksumOf(body: NumberedRecord & { padding: string }): string {
  return digest(`${body.producer}|${body.partition}|${body.sequence}|${body.padding}`, 24)
}

function digest(text: string, length: number): string {
  return createHash('sha512').update(text).digest('hex').slice(0, length)
}
