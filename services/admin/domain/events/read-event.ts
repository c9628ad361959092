import { Compile } from 'typebox/compile'
import Format from 'typebox/format'
import { type Event, EventSchema, typedEvents } from '#shared/contracts/event-types.ts'
import { type FieldError, KopsError } from '#shared/errors/catalog.ts'
import { isRecord, parseJson } from '#shared/json.ts'

/** A time in UTC as programs write it: the days of a month without 29 February, which is for the complete check. */
const usualTime =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/
const isDateTime = Format.Get('date-time')
// The complete check cuts the text into parts, and would be a tenth of the time that an event takes.
if (isDateTime) Format.Set('date-time', (value) => usualTime.test(value) || isDateTime(value))

/** Compiled once: each record is checked. */
const anyEvent = Compile(EventSchema)
const byType = new Map<unknown, EventCheck>(
  Object.entries(typedEvents).map(([type, schema]) => [type, Compile(schema)])
)
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * An event from the value of a record.
 * @throws KopsError event_invalid for what is not UTF-8, not JSON, or has not the fields of its type
 */
export function readEvent(value: Buffer | null): Event {
  if (value === null) throw new KopsError('event_invalid', 'the record has no value')
  let text: string
  try {
    text = utf8.decode(value)
  } catch (cause) {
    throw new KopsError('event_invalid', 'the value is not UTF-8', { cause })
  }
  const parsed = parseJson(text)
  if (parsed === undefined) throw new KopsError('event_invalid', 'the value is not JSON')
  return assertEvent(parsed)
}

/** @throws KopsError event_invalid, with the fields that are wrong */
export function assertEvent(value: unknown): Event {
  // The schema of a type has what is asked of every event, too: one check is enough.
  const schema: EventCheck = (isRecord(value) ? byType.get(value['event_type']) : undefined) ?? anyEvent
  if (!isEvent(value, schema)) throw invalid(schema.Errors(value))
  return value
}

interface EventCheck {
  Check(value: unknown): boolean
  Errors(value: unknown): Mistake[]
}

function isEvent(value: unknown, schema: EventCheck): value is Event {
  return schema.Check(value)
}

type Mistake = ReturnType<typeof anyEvent.Errors>[number]

function invalid(mistakes: readonly Mistake[]): KopsError {
  const errors = mistakes.flatMap(fieldsOf)
  return new KopsError('event_invalid', errors.map(({ field, message }) => `${field} ${message}`).join('; '), {
    errors
  })
}

function fieldsOf({ instancePath, keyword, params, message }: Mistake): FieldError[] {
  const path = instancePath.split('/').slice(1)
  if (keyword === 'required') {
    return params.requiredProperties.map((name) => ({ field: [...path, name].join('.'), message: 'is required' }))
  }
  return [{ field: path.length === 0 ? 'event' : path.join('.'), message }]
}
