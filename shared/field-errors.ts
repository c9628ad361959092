import { Ajv, type ErrorObject, type Options } from 'ajv'
import formats from 'ajv-formats'
import type { FieldError } from './errors/catalog.ts'

/** An empty name's, because the field of an error is never empty. */
const emptyName = '""'

/** V8 optimizes the generated code anyway, and Ajv's own attempt takes nearly half of the time of compiling a schema. */
export const codeOptions = { optimize: false }

/** Of what has one shape of several (`discriminator`), it reports errors of the shape that is meant, and of no other. */
export function createAjv(options: Options): Ajv {
  return formats.default(new Ajv({ strict: false, verbose: true, discriminator: true, code: codeOptions, ...options }))
}

type AjvError = Pick<ErrorObject, 'instancePath' | 'keyword' | 'params' | 'message' | 'parentSchema'>

/**
 * Turns Ajv's errors into field errors, one for each field: the first that Ajv names is the one a person can act on.
 * @param whole names the value itself, where that is wrong
 */
export function toFieldErrors(errors: AjvError[], whole: string): FieldError[] {
  const fields = new Map<string, string>()
  for (const error of errors) {
    const { path, message } = describe(error)
    const field = path.length === 0 ? whole : path.map((token) => token || emptyName).join('.')
    if (!fields.has(field)) fields.set(field, message)
  }
  return Array.from(fields, ([field, message]) => ({ field, message }))
}

function describe(error: AjvError): { path: string[]; message: string } {
  const path = error.instancePath.split('/').slice(1).map(decode)
  switch (error.keyword) {
    case 'required':
      return { path: [...path, error.params['missingProperty']], message: 'is required' }
    case 'additionalProperties':
      return { path: [...path, error.params['additionalProperty']], message: 'is unknown' }
    case 'enum':
      return { path, message: `must be one of ${error.params['allowedValues'].join(', ')}` }
    case 'discriminator':
      return { path: [...path, error.params['tag']], message: `must be one of ${kindsOf(error).join(', ')}` }
    case 'pattern':
      // A regular expression means little to people: the schema's description explains it.
      return { path, message: descriptionOf(error) ?? error.message ?? 'is not valid' }
    default:
      return { path, message: error.message ?? 'is not valid' }
  }
}

function descriptionOf({ parentSchema }: AjvError): string | undefined {
  const description: unknown = parentSchema?.['description']
  return typeof description === 'string' ? `must be: ${description}` : undefined
}

/** The kinds of an object that has several shapes (`discriminator`). */
function kindsOf({ parentSchema, params }: AjvError): string[] {
  const shapes: { properties: Record<string, { const: string }> }[] = parentSchema?.['oneOf'] ?? []
  return shapes.flatMap(({ properties }) => properties[params['tag']]?.const ?? [])
}

/** A JSON pointer's escapes (RFC 6901). */
function decode(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}
