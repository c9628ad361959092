import type { AuditQuery, FoundAuditEvent } from '#shared/contracts/audit.ts'
import { parseTime, type Zone } from '../format/time.ts'

type Outcome = NonNullable<AuditQuery['outcome']>
const outcomes: readonly Outcome[] = ['requested', 'applied', 'planned', 'denied', 'refused', 'failed', 'unknown']

export interface AuditField {
  name: 'actor' | 'action' | 'target' | 'outcome' | 'requestId' | 'from' | 'to'
  label: string
  main?: true
  choices?: readonly (readonly [string, string])[]
}

/** What the trail can be searched by, as the page's address names it. */
export const auditFields: readonly AuditField[] = [
  { name: 'actor', label: 'By' },
  { name: 'action', label: 'Action' },
  { name: 'target', label: 'Target', main: true },
  { name: 'outcome', label: 'Outcome', choices: [['', 'any'], ...outcomes.map((each) => [each, each] as const)] },
  { name: 'requestId', label: 'Request' },
  { name: 'from', label: 'From' },
  { name: 'to', label: 'To' }
]

const limit = 50

/**
 * The events to show: a change has one before it is carried out and one after. The first says nothing more once the second is known, unless
 * somebody looks for it.
 */
export function shownEvents<T extends Pick<FoundAuditEvent, 'outcome' | 'concludedAs'>>(
  events: readonly T[],
  { outcome }: Pick<AuditQuery, 'outcome'>
): T[] {
  if (outcome !== undefined) return [...events]
  const isOpen = ({ concludedAs }: T) => concludedAs === undefined || concludedAs === null || concludedAs === 'unknown'
  return events.filter((event) => event.outcome !== 'requested' || isOpen(event))
}

/** What the API is asked for; or the time that is none. */
export function auditQuery(search: URLSearchParams, zone: Zone): { query: AuditQuery } | { field: 'from' | 'to' } {
  const times: Pick<AuditQuery, 'from' | 'to'> = {}
  for (const field of ['from', 'to'] as const) {
    const text = search.get(field)
    if (!text) continue
    const time = parseTime(text, zone)
    if (time === undefined) return { field }
    times[field] = time.toISOString()
  }
  const outcome = outcomes.find((each) => each === search.get('outcome'))
  const texts = Object.fromEntries(
    (['actor', 'action', 'target', 'requestId'] as const).flatMap((name) => {
      const text = search.get(name)
      return text ? [[name, text]] : []
    })
  )
  return { query: { ...texts, ...times, ...(outcome && { outcome }), limit } }
}
