import type { Delivery } from '#shared/kafka/consuming/port.ts'
import type { LogRecord } from '#shared/kafka/records/port.ts'

/** A record of a log that a test makes. */
export interface PlainRecord {
  offset: number
  value: string | null
  key?: string
  headers?: LogRecord['headers']
}

/** Records of one partition as its source delivers them. */
export function deliveryOf(partition: number, records: readonly PlainRecord[], nextOffset?: number): Delivery {
  const next = nextOffset ?? (records.at(-1)?.offset ?? -1) + 1
  const byOffset = new Map(records.map((record) => [record.offset, record]))
  return {
    ...{ member: 0, partition, nextOffset: next, unreadable: [] },
    each(visit) {
      for (const { offset, value } of records) {
        const bytes = Buffer.from(value ?? '')
        const valueEnd = value === null ? -1 : bytes.length
        visit({
          ...{ offset, bytes, start: 0, keyStart: 0, keyEnd: -1 },
          ...{ valueStart: 0, valueEnd, headersStart: bytes.length, headersEnd: bytes.length }
        })
      }
    },
    record({ offset }) {
      const { value = null, key, headers = [] } = byOffset.get(offset) ?? {}
      return {
        ...{ partition, offset, timestampMs: 1_700_000_000_000, headers, sizeBytes: 0 },
        key: key === undefined ? null : Buffer.from(key),
        value: value === null ? null : Buffer.from(value)
      }
    }
  }
}
