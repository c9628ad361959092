import Value from 'typebox/value'
import {
  type AuditEvent,
  AuditEventSchema,
  type AuditList,
  type AuditQuery
} from '../../../../shared/contracts/audit.ts'
import type { Warning } from '../../../../shared/contracts/common.ts'
import { isKopsError } from '../../../../shared/errors/catalog.ts'
import type { RecordReader } from '../../../../shared/kafka/messages-port.ts'

export interface AuditSearchBounds {
  bytes: number
  deadlineMs: number
}

/**
 * Searches the audit topic newest first, within bounds; what they cut is said. An event that was written twice is told once;
 * what others wrote to the topic is passed over.
 */
export async function searchAudit(
  reader: Pick<RecordReader, 'readBackwards'>,
  topic: string,
  query: AuditQuery,
  { now, ...bounds }: AuditSearchBounds & { now: () => Date }
): Promise<AuditList> {
  const limit = query.limit ?? 100
  const found = new Map<string, AuditEvent>()
  const asOf = now().toISOString()
  try {
    const sinceMs = query.from === undefined ? undefined : Date.parse(query.from)
    const outcome = await reader.readBackwards(
      topic,
      { ...bounds, isolation: 'read_uncommitted', sinceMs },
      ({ value }) => {
        const event = eventOf(value)
        if (event && matches(event, query)) found.set(event.id, event)
        return found.size < limit
      }
    )
    return { events: [...found.values()], asOf, warnings: [...outcome.warnings, ...cutWarnings(outcome.cutBy, bounds)] }
  } catch (error) {
    // Nothing has been done yet: the topic is made with the first event.
    if (isKopsError(error, 'topic_not_found')) return { events: [], asOf, warnings: [] }
    throw error
  }
}

/** Whether an event is asked for. Names are compared as a whole; actions too, or by what stands before the dot. */
export function matches(event: AuditEvent, query: AuditQuery): boolean {
  const { actor, action, target, outcome, requestId, from, to } = query
  return (
    (actor === undefined || event.actor.name === actor) &&
    (action === undefined || event.action === action || event.action.startsWith(`${action}.`)) &&
    (target === undefined || event.target === target) &&
    (outcome === undefined || event.outcome === outcome) &&
    (requestId === undefined || event.requestId === requestId) &&
    (from === undefined || Date.parse(event.at) >= Date.parse(from)) &&
    (to === undefined || Date.parse(event.at) <= Date.parse(to))
  )
}

function eventOf(value: Buffer | null): AuditEvent | undefined {
  if (value === null) return undefined
  try {
    const event: unknown = JSON.parse(value.toString('utf8'))
    return Value.Check(AuditEventSchema, event) ? event : undefined
  } catch {
    return undefined
  }
}

function cutWarnings(cutBy: 'stopped' | 'bytes' | 'time' | null, { bytes, deadlineMs }: AuditSearchBounds): Warning[] {
  if (cutBy === null || cutBy === 'stopped') return []
  const bound = cutBy === 'bytes' ? `${bytes} bytes` : `${deadlineMs} ms`
  return [{ code: 'search_cut', message: `The search ended after ${bound}: older events were not looked at` }]
}
