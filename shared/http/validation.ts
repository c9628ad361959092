import { Ajv, type ErrorObject, type Options } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchema, FastifySchemaCompiler } from 'fastify'
import { optionalBodyMark } from '../contracts/endpoint.ts'
import type { FieldError } from '../errors/catalog.ts'

const shared: Options = { allErrors: true, useDefaults: true, removeAdditional: false, strict: false, verbose: true }

/**
 * Bodies are validated as they are: nothing is coerced, nothing is stripped. Everything that arrives as text (path, query,
 * headers) is coerced to the type that its schema names.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<FastifySchema> {
  const strict = formats.default(new Ajv({ ...shared, coerceTypes: false }))
  const coercing = formats.default(new Ajv({ ...shared, coerceTypes: 'array' }))
  return ({ schema, httpPart }) => {
    if (httpPart !== 'body') return coercing.compile(schema)
    const validate = strict.compile(schema)
    if (!(optionalBodyMark in schema)) return validate
    return (body: unknown) => (body === undefined || body === null ? true : withErrors(validate(body), validate.errors))
  }
}

function withErrors(valid: unknown, errors: ErrorObject[] | null | undefined) {
  return valid ? true : { error: errors ?? [] }
}

type AjvError = Pick<ErrorObject, 'instancePath' | 'keyword' | 'params' | 'message' | 'parentSchema'>

/** Turns Ajv's errors into field errors, one for each field: the first that Ajv names is the one a person can act on. */
export function toFieldErrors(errors: AjvError[]): FieldError[] {
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
