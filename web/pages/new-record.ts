import type { RecordInput } from '#shared/contracts/messages.ts'
import { nameValues } from './new-topic.ts'

/** A record as somebody types it. */
export interface TypedRecord {
  value: string
  /** Empty: it has none */
  key: string
  /** `name=value`, one a line */
  headers: string
  /** Empty: chosen by the key */
  partition: string
}

export const blankRecord: TypedRecord = { value: '', key: '', headers: '', partition: '' }

/** The record to write, its value as text: parsed, integers beyond 2^53 would be rounded. Or the field that is wrong, and why. */
export function newRecord({
  value,
  key,
  headers,
  partition
}: TypedRecord): { record: RecordInput } | { field: keyof TypedRecord; message: string } {
  if (!/^\d{0,9}$/.test(partition.trim())) return { field: 'partition', message: 'is not a number' }
  const named = nameValues(headers)
  if ('message' in named) return { field: 'headers', message: named.message }
  const given = Object.entries(named.values).map(([name, value]) => ({ name, value }))
  return {
    record: {
      ...(key !== '' && { key }),
      value,
      ...(given.length > 0 && { headers: given }),
      ...(partition.trim() !== '' && { partition: Number(partition) })
    }
  }
}
