import type { Event } from '#shared/contracts/events.ts'
import { parseJson } from '#shared/json.ts'
import type { ReceivedRecord } from '#shared/kafka/app-events/port.ts'
import type { EventLog, HandlerRegistry } from './handlers.ts'

/** Counts sent and received events. */
export interface EventMeter {
  sent(topic: string, status: 'success' | 'error', bytes: number): void
  /** @param seconds that handling took; @param lagMs from the record's timestamp until it was handled */
  received(outcome: {
    topic: string
    eventType: string
    status: 'success' | 'error' | 'unhandled'
    seconds: number
    lagMs: number
  }): void
}

export interface Receiving {
  registry: HandlerRegistry
  meter: EventMeter
  log: EventLog
  now: () => Date
}

/** The type under which records that are not events are counted. */
const noEvent = 'invalid'

/**
 * Handles one record. Never rejects: counts and logs a record that cannot be handled and continues with the next, so
 * that it does not block its partition forever.
 */
export async function receive(record: ReceivedRecord, { registry, meter, log, now }: Receiving): Promise<void> {
  const { topic, partition, offset, value, timestampMs } = record
  const begun = now().getTime()
  const count = (eventType: string, status: 'success' | 'error' | 'unhandled') => {
    const ended = now().getTime()
    const seconds = Math.max(0, ended - begun) / 1000
    // Another clock may be ahead of this one.
    meter.received({ topic, eventType, status, seconds, lagMs: Math.max(0, ended - timestampMs) })
  }
  const event = value === null ? undefined : parseEvent(value)
  if (event === undefined) {
    log.warn({ topic, partition, offset }, 'skipping a record that is not a JSON event with event_type and data')
    return count(noEvent, 'error')
  }
  try {
    count(event.event_type, (await registry.handle(event)) ? 'success' : 'unhandled')
  } catch (err) {
    log.warn({ err, topic, partition, offset, eventType: event.event_type }, 'an event could not be handled')
    count(event.event_type, 'error')
  }
}

/** @returns undefined if it is not an event */
export function parseEvent(value: string): Event | undefined {
  const parsed = parseJson(value)
  if (!isRecord(parsed)) return undefined
  const { event_type, data, timestamp } = parsed
  if (typeof event_type !== 'string' || event_type === '' || !isRecord(data)) return undefined
  return { ...parsed, event_type, data, timestamp: typeof timestamp === 'string' ? timestamp : '' }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
