import type { ResetOffsets } from '#shared/contracts/group-changes.ts'
import { parseTime, type Zone } from '../format/time.ts'

/** Where a group is to go on reading, as somebody chooses it. */
export interface ResetChoice {
  to: 'earliest' | 'latest' | 'timestamp' | 'shiftBy'
  /** A time, or a number of records. */
  text: string
  /** Empty: every topic of the group */
  topic: string
}

/** The request for a choice, or why it is none. */
export function resetRequest(
  { to, text, topic }: ResetChoice,
  zone: Zone
): { body: ResetOffsets } | { message: string } {
  const topics = topic === '' ? {} : { topics: [{ topic }] }
  if (to === 'earliest' || to === 'latest') return { body: { to, ...topics } }
  if (to === 'timestamp') {
    const at = parseTime(text, zone)
    return at
      ? { body: { to, timestamp: at.toISOString(), ...topics } }
      : { message: 'is not a time like 2026-01-31 12:34' }
  }
  const shiftBy = /^[+-]?\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN
  return Number.isNaN(shiftBy) || shiftBy === 0
    ? { message: 'is not a number of records, such as -100' }
    : { body: { to, shiftBy, ...topics } }
}
