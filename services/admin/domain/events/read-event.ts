import { Compile } from 'typebox/compile'
import { type Event, EventSchema, typedEvents } from '#shared/contracts/events.ts'
import { type FieldError, KopsError } from '#shared/errors/catalog.ts'
import { parseJson } from '#shared/json.ts'

/** Compiled once: each record is checked. */
const anyEvent = Compile(EventSchema)
const byType = new Map(Object.entries(typedEvents).map(([type, schema]) => [type, Compile(schema)]))

/**
 * An event from the value of a record.
 * @throws KopsError event_invalid for what is not UTF-8, not JSON, or has not the fields of its type
 */
export function readEvent(value: Buffer | null): Event {
  if (value === null) throw new KopsError('event_invalid', 'the record has no value')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(value)
  } catch (cause) {
    throw new KopsError('event_invalid', 'the value is not UTF-8', { cause })
  }
  const parsed = parseJson(text)
  if (parsed === undefined) throw new KopsError('event_invalid', 'the value is not JSON')
  return assertEvent(parsed)
}

/** @throws KopsError event_invalid, with the fields that are wrong */
export function assertEvent(value: unknown): Event {
  if (!anyEvent.Check(value)) throw invalid(anyEvent.Errors(value))
  const schema = byType.get(value.event_type)
  if (schema && !schema.Check(value)) throw invalid(schema.Errors(value))
  return value
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
