import Value from 'typebox/value'
import { canonicalJson } from '#shared/audit/canonical-json.ts'
import {
  type AuditEvent,
  AuditEventSchema,
  type AuditList,
  type AuditQuery,
  type FoundAuditEvent
} from '#shared/contracts/audit.ts'
import type { Warning } from '#shared/contracts/common.ts'
import { fieldError, isKopsError } from '#shared/errors/catalog.ts'
import { nestsDeeply, parseJson } from '#shared/json.ts'
import type { RecordReader } from '#shared/kafka/records/port.ts'
import { decodeMessageCursor, encodeMessageCursor } from '../messages/message-cursor.ts'

export interface AuditSearchBounds {
  bytes: number
  deadlineMs: number
}

type Reader = Pick<RecordReader, 'readBackwards' | 'readForward'>
type Conclusions = Map<string, AuditEvent['outcome']>

/**
 * One page of the audit topic, newest first, within limits; says where they cut the search, which can be continued.
 * Reports an event that was written twice once per page, but two that differ in anything; skips foreign records.
 * @throws KopsError validation_failed on `cursor`, cluster_unreachable
 */
export async function searchAudit(
  reader: Reader,
  topic: string,
  { cursor, limit = 100, ...query }: AuditQuery,
  { now, ...bounds }: AuditSearchBounds & { now: () => Date }
): Promise<AuditList> {
  const positions = cursor === undefined ? undefined : positionsOf(cursor, topic)
  const found = new Map<string, AuditEvent>()
  const conclusions: Conclusions = new Map()
  const asOf = now().toISOString()
  const options = {
    ...bounds,
    isolation: 'read_uncommitted' as const,
    sinceMs: query.from === undefined ? undefined : Date.parse(query.from),
    ...(positions === undefined ? {} : { positions, partitions: [...positions.keys()] })
  }
  try {
    const outcome = await reader.readBackwards(topic, options, ({ value }) => {
      const event = eventOf(value)
      if (event === undefined) return true
      note(conclusions, event)
      if (matches(event, query) && !isConcluded(event, query, conclusions)) found.set(canonicalJson(event), event)
      return found.size < limit
    })
    const nextCursor = encodeMessageCursor(topic, 'backward', outcome.partitions)
    const events = [...found.values()]
    const open = events.filter(({ outcome, requestId }) => outcome === 'requested' && !conclusions.has(requestId))
    // The outcome of an event may lie after this page's start, or have the same time as its last event.
    const behind = cursor !== undefined || outcome.cutBy === 'stopped'
    const whole = open.length === 0 || !behind || (await follow(reader, topic, open, { bounds, conclusions }))
    const certain = whole && outcome.warnings.length === 0
    return {
      events: events
        .filter((event) => !isConcluded(event, query, conclusions))
        .map((event) => withConclusion(event, conclusions, certain)),
      ...(nextCursor === undefined ? {} : { nextCursor }),
      asOf,
      warnings: [...outcome.warnings, ...cutWarnings(outcome.cutBy, bounds)]
    }
  } catch (error) {
    // Nothing has been recorded yet: the topic is created with the first event.
    if (isKopsError(error, 'topic_not_found')) return { events: [], asOf, warnings: [] }
    throw error
  }
}

function positionsOf(cursor: string, topic: string): Map<number, number> {
  const { direction, positions } = decodeMessageCursor(cursor, topic)
  if (direction === 'backward') return positions
  throw fieldError('validation_failed', 'cursor', 'is not a nextCursor of this search')
}

function note(conclusions: Conclusions, { requestId, outcome }: AuditEvent): void {
  if (outcome !== 'requested') conclusions.set(requestId, outcome)
}

/** Whether an event does not match a search for unknown outcomes. */
function isConcluded({ requestId }: AuditEvent, { outcome }: AuditQuery, conclusions: Conclusions): boolean {
  return outcome === 'unknown' && conclusions.has(requestId)
}

function withConclusion(event: AuditEvent, conclusions: Conclusions, certain: boolean): FoundAuditEvent {
  if (event.outcome !== 'requested') return event
  return { ...event, concludedAs: conclusions.get(event.requestId) ?? (certain ? 'unknown' : null) }
}

/**
 * Looks for the outcomes of requested events. @returns whether everything that follows was read, or every outcome was
 * found
 */
async function follow(
  reader: Reader,
  topic: string,
  open: readonly AuditEvent[],
  { bounds, conclusions }: { bounds: AuditSearchBounds; conclusions: Conclusions }
): Promise<boolean> {
  const missing = new Set(open.map(({ requestId }) => requestId))
  const timestampMs = Math.min(...open.map(({ at }) => Date.parse(at)))
  const { cutBy, warnings } = await reader.readForward(
    topic,
    { ...bounds, isolation: 'read_uncommitted', start: { at: 'timestamp', timestampMs } },
    ({ value }) => {
      const event = eventOf(value)
      if (event === undefined || event.outcome === 'requested') return true
      note(conclusions, event)
      missing.delete(event.requestId)
      return missing.size > 0
    }
  )
  return missing.size === 0 || (cutBy === null && warnings.length === 0)
}

/** Whether an event matches. Names must be equal; so must actions, or the part before their dot. */
export function matches(event: AuditEvent, query: AuditQuery): boolean {
  const { actor, action, target, outcome, requestId, from, to } = query
  return (
    (actor === undefined || event.actor.name === actor) &&
    (action === undefined || event.action === action || event.action.startsWith(`${action}.`)) &&
    (target === undefined || event.target === target) &&
    (outcome === undefined || event.outcome === (outcome === 'unknown' ? 'requested' : outcome)) &&
    (requestId === undefined || event.requestId === requestId) &&
    (from === undefined || Date.parse(event.at) >= Date.parse(from)) &&
    (to === undefined || Date.parse(event.at) <= Date.parse(to))
  )
}

function eventOf(value: Buffer | null): AuditEvent | undefined {
  if (value === null) return undefined
  const text = value.toString('utf8')
  // A foreign record must not fail the page: what nests too deeply cannot be serialized again.
  const event = nestsDeeply(text) ? undefined : parseJson(text)
  return Value.Check(AuditEventSchema, event) ? event : undefined
}

function cutWarnings(cutBy: 'stopped' | 'bytes' | 'time' | null, { bytes, deadlineMs }: AuditSearchBounds): Warning[] {
  if (cutBy === null || cutBy === 'stopped') return []
  const bound = cutBy === 'bytes' ? `${bytes} bytes` : `${deadlineMs} ms`
  return [
    {
      code: 'search_cut',
      message: `The search ended after ${bound}without reaching older events; nextCursor continues it`
    }
  ]
}
