import { createHash } from 'node:crypto'
import { parseJson } from '#shared/json.ts'

/** What a record of a drill says of itself: its number shows what is missing, twice there or out of order. */
export interface NumberedRecord {
  producer: string
  partition: number
  /** Rises from 0 over all partitions, so it rises within each. */
  sequence: number
}

/** A record's text: what it is, some bytes to weigh, and a checksum over all of it. */
export function encodeRecord(record: NumberedRecord): string {
  const body = { ...record, padding: digest(`padding ${record.sequence}`, 96) }
  return JSON.stringify({ ...body, checksum: checksumOf(body) })
}

/** The record that a text holds; undefined when it holds none, or one whose checksum does not fit. */
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
