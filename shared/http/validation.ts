import type { ErrorObject } from 'ajv'
import type { FastifySchema, FastifySchemaCompiler } from 'fastify'
import { optionalBodyMark } from '../contracts/endpoint.ts'
import { fieldError, KopsError, longestErrors } from '../errors/catalog.ts'
import { createAjv, toFieldErrors } from '../field-errors.ts'

const shared = { useDefaults: true, removeAdditional: false }

/** A body of more values than this is checked up to its first error only: each value may have several. */
const mostValuesCheckedInFull = 2000
/** What is deeper makes recursive code fail, JSON.stringify too. */
const deepestBody = 200

/** Common to the apps of a process: Ajv compiles a schema once. */
const coercing = createAjv({ ...shared, allErrors: true, coerceTypes: 'array' })
const strict = { first: createAjv({ ...shared, allErrors: false }), all: createAjv({ ...shared, allErrors: true }) }

/**
 * Bodies are validated as they are: nothing is coerced, nothing is stripped. Everything that arrives as text (path, query,
 * headers) is coerced to the type that its schema names. A refusal names every field that is wrong, but takes no longer
 * than parsing did, whatever arrives: a large body is checked up to its first error, which the limits of its schema
 * bound.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<FastifySchema> {
  return ({ schema, httpPart = 'request' }) => {
    if (httpPart !== 'body') {
      const validate = coercing.compile(schema)
      return (value: unknown) => validate(value) || { error: refusal(httpPart, validate.errors) }
    }
    const first = strict.first.compile(schema)
    const all = lazily(() => strict.all.compile(schema))
    const optional = optionalBodyMark in schema
    return (body: unknown) => {
      if (optional && (body === undefined || body === null)) return true
      if (!first(body)) {
        if (!hasAtMost(mostValuesCheckedInFull, body)) {
          return { error: refusal(httpPart, first.errors, '; the body is large: only its first error is reported') }
        }
        const validate = all()
        return { error: refusal(httpPart, validate(body) ? first.errors : validate.errors) }
      }
      if (nestsAtMost(deepestBody, body)) return true
      return { error: fieldError('validation_failed', 'body', `must nest at most ${deepestBody} levels deep`) }
    }
  }
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Whether a value and all that it contains are no more than so many values. */
function hasAtMost(most: number, value: unknown): boolean {
  const waiting = [value]
  let seen = 0
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (++seen > most) return false
    if (typeof next !== 'object' || next === null) continue
    for (const name in next) {
      if (waiting.length > most) return false
      waiting.push(next[name as keyof typeof next])
    }
  }
  return true
}

/** Recursive, because it goes no deeper than it allows. */
function nestsAtMost(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  if (Array.isArray(value)) return value.every((item) => nestsAtMost(levels - 1, item))
  for (const name in value) {
    if (!nestsAtMost(levels - 1, value[name as keyof typeof value])) return false
  }
  return true
}

function refusal(part: string, found: ErrorObject[] | null | undefined, note = ''): KopsError {
  const errors = toFieldErrors(found ?? [], 'body')
  const detail = errors
    .slice(0, longestErrors)
    .map(({ field, message }) => `${field} ${message}`)
    .join('; ')
  return new KopsError('validation_failed', `${part}: ${detail}${note}`, { errors })
}
