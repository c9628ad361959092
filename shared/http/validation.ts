import { Ajv, type ErrorObject, type Options } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchema, FastifySchemaCompiler } from 'fastify'
import { optionalBodyMark } from '../contracts/endpoint.ts'
import { type FieldError, fieldError, KopsError, longestErrors } from '../errors/catalog.ts'

const shared: Options = { useDefaults: true, removeAdditional: false, strict: false, verbose: true }

/** A body of more values than this is checked up to its first error only: each value may have several. */
const mostValuesCheckedInFull = 2000
/** What is deeper makes recursive code fail, JSON.stringify too. */
const deepestBody = 200

/** Common to the apps of a process: Ajv compiles a schema once. */
const coercing = ajv({ allErrors: true, coerceTypes: 'array' })
const strict = { first: ajv({ allErrors: false }), all: ajv({ allErrors: true }) }

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

function ajv(options: Options): Ajv {
  return formats.default(new Ajv({ ...shared, ...options }))
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
  const errors = toFieldErrors(found ?? [])
  const detail = errors
    .slice(0, longestErrors)
    .map(({ field, message }) => `${field} ${message}`)
    .join('; ')
  return new KopsError('validation_failed', `${part}: ${detail}${note}`, { errors })
}

type AjvError = Pick<ErrorObject, 'instancePath' | 'keyword' | 'params' | 'message' | 'parentSchema'>

/** Turns Ajv's errors into field errors, one for each field: the first that Ajv names is the one a person can act on. */
function toFieldErrors(errors: AjvError[]): FieldError[] {
  const fields = new Map<string, string>()
  for (const error of errors) {
    const { field, message } = describe(error)
    if (!fields.has(field)) fields.set(field, message)
  }
  return Array.from(fields, ([field, message]) => ({ field, message }))
}

function describe(error: AjvError): FieldError {
  const path = error.instancePath.split('/').slice(1).map(decode)
  switch (error.keyword) {
    case 'required':
      return { field: name([...path, error.params['missingProperty']]), message: 'is required' }
    case 'additionalProperties':
      return { field: name([...path, error.params['additionalProperty']]), message: 'is unknown' }
    case 'enum':
      return { field: name(path), message: `must be one of ${error.params['allowedValues'].join(', ')}` }
    case 'pattern':
      // A regular expression means little to people: the schema's description explains it.
      return { field: name(path), message: descriptionOf(error) ?? error.message ?? 'is not valid' }
    default:
      return { field: name(path), message: error.message ?? 'is not valid' }
  }
}

function descriptionOf({ parentSchema }: AjvError): string | undefined {
  const description: unknown = parentSchema?.['description']
  return typeof description === 'string' ? `must be: ${description}` : undefined
}

/** Reports an empty name by a placeholder, because the field of an error is never empty. */
function name(path: string[]): string {
  return path.length === 0 ? 'body' : path.map((token) => token || '""').join('.')
}

/** A JSON pointer's escapes (RFC 6901). */
function decode(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}
