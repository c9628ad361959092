import type { FastifySchema } from 'fastify'
import { type ErrorCode, errorCatalog, type FieldError, KopsError } from '../errors/catalog.ts'
import { toProblem } from './errors.ts'

/** A JSON Schema (2020-12) as the contracts write it. */
export type JsonSchema = Record<string, unknown>

const instant = '2026-01-31T12:34:56.789Z'
const requestId = '6f1f0c5e-3b0e-4a50-9a7e-2d6f5b6b8a11'

/**
 * A value that matches a schema: its first example, or else one built from its parts. A string without an example, a
 * default or an enumeration has none, because its meaning is unknown. Includes optional fields that have an example
 * themselves. Leaves out warnings: a normal answer has none.
 */
export function exampleOf(schema: JsonSchema): unknown {
  const { examples, type, format, anyOf, oneOf, minimum, exclusiveMinimum } = schema
  const alternatives = anyOf ?? oneOf
  if (Array.isArray(examples) && examples.length > 0) return examples[0]
  if (schema['const'] !== undefined) return schema['const']
  if (schema['default'] !== undefined) return schema['default']
  if (Array.isArray(schema['enum'])) return schema['enum'][0]
  if (Array.isArray(alternatives)) return alternatives.map(exampleOf).find((example) => example !== undefined)
  if (type === 'object') return exampleOfObject(schema)
  if (type === 'array') return exampleOfArray(schema)
  if (type === 'integer' || type === 'number') {
    return typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : (minimum ?? 0)
  }
  if (type === 'string') return format === 'date-time' ? instant : undefined
  return type === 'boolean' ? false : type === 'null' ? null : undefined
}

function exampleOfObject(schema: JsonSchema): unknown {
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : [])
  const example: Record<string, unknown> = {}
  for (const [name, property] of propertiesOf(schema)) {
    if (!required.has(name) && !Array.isArray(property['examples'])) continue
    const value = exampleOf(property)
    if (value === undefined) return undefined
    example[name] = value
  }
  return example
}

function exampleOfArray({ items }: JsonSchema): unknown {
  if (!isSchema(items)) return undefined
  if (items['$id'] === 'Warning') return []
  const item = exampleOf(items)
  return item === undefined ? undefined : [item]
}

/**
 * A route's schema for the document, with examples of its parameters, its body and its answers, all from the same schemas
 * that requests are validated against, and with the errors of the catalog that its shape makes possible.
 */
export function withExamples(schema: FastifySchema, path: string): FastifySchema {
  return {
    ...schema,
    ...(isSchema(schema.params) ? { params: withParameterExamples(schema.params) } : {}),
    ...(isSchema(schema.querystring) ? { querystring: withParameterExamples(schema.querystring) } : {}),
    ...(isSchema(schema.body) ? { body: withExample(schema.body) } : {}),
    ...(isSchema(schema.response) ? { response: withAnswers(schema.response, schema, path) } : {})
  }
}

/** An example of all parameters shows which of them go together; the others get none. */
function withParameterExamples(schema: JsonSchema): JsonSchema {
  const whole = exampleOf(schema)
  const together = isSchema(whole) ? whole : {}
  const properties = propertiesOf(schema).map(([name, { examples: _own, ...property }]) => [
    name,
    name in together ? { ...property, examples: [together[name]] } : property
  ])
  const { examples: _whole, ...rest } = schema
  return { ...rest, properties: Object.fromEntries(properties) }
}

/** Without its $id, because it differs from the schema that is used elsewhere. */
function withExample(schema: JsonSchema, change: (example: unknown) => unknown = (example) => example): JsonSchema {
  const examples = Array.isArray(schema['examples']) ? schema['examples'] : [exampleOf(schema)]
  const { $id: _id, ...rest } = schema
  const known = examples.filter((example) => example !== undefined)
  return known.length === 0 ? rest : { ...rest, examples: known.map(change) }
}

function withAnswers(response: JsonSchema, route: FastifySchema, path: string): JsonSchema {
  const isCarriedOutElsewhere = '201' in response || '202' in response
  const answers = Object.entries(response).map(([status, answer]) => {
    if (!isSchema(answer)) return [status, answer]
    if (status === '4xx') return [status, withProblems(answer, refusals(route, path), path, fieldOf(route))]
    if (status === '5xx') return [status, withProblems(answer, failures(route), path)]
    if (isSchema(answer['content'])) return [status, withStreamExamples(answer, answer['content'])]
    const dryRun = status === '200' && isCarriedOutElsewhere
    return [status, withExample(answer, (example) => asPlan(example, dryRun))]
  })
  return Object.fromEntries(answers)
}

function withStreamExamples(answer: JsonSchema, content: JsonSchema): JsonSchema {
  const media = Object.entries(content).map(([type, value]) => [
    type,
    isSchema(value) && isSchema(value['schema']) ? { ...value, example: exampleOf(value['schema']) } : value
  ])
  return { ...answer, content: Object.fromEntries(media) }
}

/** A plan and its result share a schema: 201 and 202 show what was done, and 200 a dry run. */
function asPlan(example: unknown, dryRun: boolean): unknown {
  return isSchema(example) && 'dryRun' in example ? JSON.parse(JSON.stringify(example), told) : example

  function told(key: string, value: unknown): unknown {
    if (key === 'dryRun') return dryRun
    return key === 'applied' ? !dryRun : value
  }
}

function withProblems(answer: JsonSchema, codes: ErrorCode[], path: string, field?: string): JsonSchema {
  const examples = codes.map((code) => {
    const errors = code === 'validation_failed' && field ? [{ field, message: 'is not valid' }] : undefined
    return [code, { summary: errorCatalog[code].title, value: problemOf(code, path, errors) }]
  })
  const content = isSchema(answer['content']) ? answer['content'] : {}
  const media = Object.entries(content).map(([type, value]) => [
    type,
    isSchema(value) ? { ...value, examples: Object.fromEntries(examples) } : value
  ])
  return { ...answer, content: Object.fromEntries(media) }
}

function problemOf(code: ErrorCode, path: string, errors: FieldError[] | undefined) {
  const detail = errors?.map(({ field, message }) => `${field}: ${message}`).join('; ') ?? errorCatalog[code].title
  const instance = path.replace(/:(\w+)/g, '{$1}').replace(/[{}]/g, '')
  return toProblem(new KopsError(code, detail, errors ? { errors } : {}), instance, requestId)
}

/** Not-found errors, by the name of the parameter that identifies the target. */
const notFound: Record<string, ErrorCode> = {
  topicName: 'topic_not_found',
  group: 'group_not_found',
  brokerId: 'broker_not_found',
  id: 'job_not_found'
}

function refusals(route: FastifySchema, path: string): ErrorCode[] {
  const isGuarded = route['x-role'] !== 'public'
  return [
    ...(fieldOf(route) ? (['validation_failed'] as const) : []),
    ...(route.body ? (['malformed_json', 'payload_too_large', 'unsupported_media_type'] as const) : []),
    ...Array.from(path.matchAll(/:(\w+)/g), ([, name = '']) => notFound[name] ?? 'not_found'),
    ...(isGuarded ? (['unauthenticated', 'forbidden', 'rate_limited'] as const) : ['host_refused' as const])
  ]
}

function failures(route: FastifySchema): ErrorCode[] {
  return [
    'cluster_unreachable',
    'kafka_timeout',
    ...('x-audit' in route && !route['x-changes-nothing'] ? (['audit_unavailable'] as const) : []),
    'internal'
  ]
}

/** A field of the request that can be wrong. */
function fieldOf({ body, querystring, params }: FastifySchema): string | undefined {
  for (const part of [body, querystring, params]) {
    const name = isSchema(part) ? propertiesOf(part)[0]?.[0] : undefined
    if (name !== undefined) return name
  }
  return undefined
}

function propertiesOf(schema: JsonSchema): [string, JsonSchema][] {
  const { properties } = schema
  return isSchema(properties)
    ? Object.entries(properties).filter((entry): entry is [string, JsonSchema] => isSchema(entry[1]))
    : []
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
