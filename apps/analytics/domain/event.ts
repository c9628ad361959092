/** An event of the seed's schema; everything else that it has may be grouped by and aggregated. */
export interface AnalyticsEvent extends Record<string, unknown> {
  event_id: string
  event_type: string
  timestamp: string
}

/** Why an event is a dead letter. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent'
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/
const shown = 60

/**
 * Reads an event: a JSON object with event_id and event_type, texts that are not empty, and a timestamp in ISO 8601 with its zone.
 * @returns the event and its time in milliseconds since 1970
 * @throws InvalidEvent, or SyntaxError where it is no JSON
 */
export function readEvent(text: string): { event: AnalyticsEvent; timestampMs: number } {
  const event: unknown = JSON.parse(text)
  if (!isObject(event)) throw new InvalidEvent('an event is a JSON object')
  requireText(event, 'event_id')
  requireText(event, 'event_type')
  const { timestamp } = event
  if (timestamp === undefined) throw new InvalidEvent('timestamp is required')
  const timestampMs = typeof timestamp === 'string' ? readInstant(timestamp) : Number.NaN
  if (Number.isNaN(timestampMs)) {
    throw new InvalidEvent(`timestamp must be a time such as 2026-01-31T12:30:00Z, and is ${quoted(timestamp)}`)
  }
  return { event: event as AnalyticsEvent, timestampMs }
}

/** The value at a path; undefined where there is none. */
export function valueAt(event: Record<string, unknown>, path: readonly string[]): unknown {
  let value: unknown = event
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

/** For an error: the beginning of a value. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > shown ? `${text.slice(0, shown)}…` : text
}

function requireText(event: Record<string, unknown>, name: string): void {
  const value = event[name]
  if (value === undefined) throw new InvalidEvent(`${name} is required`)
  if (typeof value !== 'string' || value === '') {
    throw new InvalidEvent(`${name} must be a text that is not empty, and is ${quoted(value)}`)
  }
}

/** NaN for what is no time, such as a 30th of February, which Date.parse would take. */
function readInstant(text: string): number {
  if (!instant.test(text)) return Number.NaN
  const day = Number(text.slice(8, 10))
  if (day > 28) {
    const [year, month] = [Number(text.slice(0, 4)), Number(text.slice(5, 7))]
    if (new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return Number.NaN
  }
  return Date.parse(text)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
