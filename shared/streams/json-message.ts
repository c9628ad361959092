import type { Static, TSchema } from 'typebox'
import { createAjv, toFieldErrors } from '../field-errors.ts'
import { nestsDeeply, parseJson } from '../json.ts'

/** A record's value as its schema types it, or what is wrong with it, as the headers of a dead letter say it. */
export type ReadMessage<T> = { message: T } | { problem: { errorClass: string; message: string } }

const ajv = createAjv({ allErrors: true })
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads the JSON document in a record's value, and holds it against a schema. Nothing is converted: `"5"` is no number. */
export function createMessageReader<T extends TSchema>(
  schema: T
): (value: Uint8Array | null) => ReadMessage<Static<T>> {
  const validate = ajv.compile<Static<T>>(schema)
  return (value) => {
    if (value === null) return broken('SyntaxError', 'the record has no value')
    let text: string
    try {
      text = utf8.decode(value)
    } catch {
      return broken('SyntaxError', 'the value is not UTF-8')
    }
    const parsed = parseJson(text)
    if (parsed === undefined || nestsDeeply(text)) return broken('SyntaxError', 'the value is not a JSON document')
    if (validate(parsed)) return { message: parsed }
    const errors = toFieldErrors(validate.errors ?? [], 'the document')
    return broken('ValidationError', errors.map(({ field, message }) => `${field} ${message}`).join('; '))
  }
}

function broken(errorClass: string, message: string): { problem: { errorClass: string; message: string } } {
  return { problem: { errorClass, message } }
}
