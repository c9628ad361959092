import type { Endpoint } from '#shared/contracts/endpoint.ts'

type Schema = Record<string, unknown>

/** What costs the most to report: each is wrong in several ways, and small. */
const emptyObjects = { what: 'empty objects', text: (bytes: number) => `[${repeated('{}', bytes)}]` }

/** What else may fill a place of a body. */
const fillings: { what: string; text: (bytes: number) => string }[] = [
  { what: 'numbers', text: (bytes) => `[${repeated('0', bytes)}]` },
  { what: 'lists in lists', text: (bytes) => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2) },
  { what: 'objects in objects', text: (bytes) => `${'{"a":'.repeat(bytes / 6)}1${'}'.repeat(bytes / 6)}` },
  { what: 'a long text', text: (bytes) => `"${'a'.repeat(bytes)}"` },
  { what: 'a long text of control characters', text: (bytes) => `"${'\\u001b'.repeat(bytes / 6)}"` },
  { what: 'many keys', text: (bytes) => `{${numbered(bytes, (index) => `"k${index}":0`)}}` },
  { what: 'a long key', text: (bytes) => `{"${'k'.repeat(bytes)}":0}` },
  { what: 'many different texts', text: (bytes) => `[${numbered(bytes, (index) => `"t${index}"`)}]` }
]

export interface CostlyBodies {
  /** About as much as a body may have. */
  bytes: number
  /** Also those that are checked as another one of the same object is; a workload has hundreds. */
  everyPlace: boolean
}

/**
 * Bodies that cost the most to check: each filling in each place of the schema, where all around it is valid, and lists
 * full of valid items. Most are of an eighth of the size, which is enough to show what takes more than its share.
 */
export function* costlyBodies(
  { body }: Endpoint,
  { bytes, everyPlace }: CostlyBodies
): Generator<{ what: string; body: string }> {
  if (body === undefined) return
  const root = { place: 'body', around: (inner: string) => inner, items: undefined, check: '' }
  const checks = new Set<string>()
  for (const { place, around, items, check } of [root, ...placesOf(body as Schema, root.place, root.around, 3)]) {
    if (checks.has(check) && !everyPlace) continue
    checks.add(check)
    yield { what: `${emptyObjects.what} in ${place}`, body: around(emptyObjects.text(bytes)) }
    for (const { what, text } of fillings) yield { what: `${what} in ${place}`, body: around(text(bytes / 8)) }
    if (items) yield { what: `${place} full of valid items`, body: around(`[${repeated(fitting(items), bytes)}]`) }
  }
}

interface Place {
  place: string
  around: (inner: string) => string
  items: Schema | undefined
  /** The same for places of an object whose values are checked in the same way. */
  check: string
}

function* placesOf(schema: Schema, place: string, around: (inner: string) => string, levels: number): Generator<Place> {
  if (levels === 0) return
  for (const branch of alternativesOf(schema)) {
    if (branch.type === 'array') {
      yield* placeAnd(branch.items, `${place}[0]`, (inner) => around(`[${inner}]`), levels)
    }
    if (branch.type !== 'object') continue
    const { properties = {}, required = [], patternProperties } = branch
    for (const [name, property] of Object.entries<Schema>(properties)) {
      const others = required.filter((other: string) => other !== name)
      const before = others.map((other: string) => `${JSON.stringify(other)}:${fitting(properties[other])},`).join('')
      yield* placeAnd(
        property,
        `${place}.${name}`,
        (inner) => around(`{${before}${JSON.stringify(name)}:${inner}}`),
        levels
      )
    }
    for (const value of Object.values<Schema>(patternProperties ?? {})) {
      yield* placeAnd(value, `${place}.*`, (inner) => around(`{"k":${inner}}`), levels)
    }
  }
}

function* placeAnd(schema: Schema, place: string, around: (inner: string) => string, levels: number): Generator<Place> {
  const list = alternativesOf(schema).find(({ type }) => type === 'array')
  const parent = place.slice(0, place.lastIndexOf('.'))
  yield { place, around, items: list?.['items'] as Schema | undefined, check: `${parent} ${checkOf(schema)}` }
  yield* placesOf(schema, place, around, levels - 1)
}

/** What only describes a value, and the bounds of numbers: no filling is a number. */
const unchecked = ['description', 'examples', 'default', 'minimum', 'maximum', 'exclusiveMinimum']

/** What a schema checks of the fillings, none of which is one of a list of values. */
function checkOf(schema: Schema): string {
  return JSON.stringify(schema, (key, value) => {
    if (unchecked.includes(key)) return undefined
    if (key === 'const' || key === 'enum') return 'any'
    return key === 'type' && value === 'integer' ? 'number' : value
  })
}

/** The shapes that a value may have; of most schemas only their own. */
function alternativesOf(schema: Schema) {
  const alternatives = schema['anyOf'] ?? schema['oneOf']
  return Array.isArray(alternatives) ? alternatives : [schema]
}

/** The JSON of a value that a schema accepts. */
function fitting(schema: Schema | undefined): string {
  if (schema === undefined) return 'null'
  const { type, items, minItems = 0, properties, required = [], examples } = schema
  const [first] = alternativesOf(schema)
  if (Array.isArray(examples) && examples.length > 0) return JSON.stringify(examples[0])
  if (schema['const'] !== undefined) return JSON.stringify(schema['const'])
  if (Array.isArray(schema['enum'])) return JSON.stringify(schema['enum'][0])
  if (first !== schema) return fitting(first)
  if (type === 'array') return `[${minItems === 0 ? '' : fitting(items as Schema)}]`
  if (type === 'integer' || type === 'number')
    return String(schema['minimum'] ?? Number(schema['exclusiveMinimum'] ?? -1) + 1)
  if (type === 'boolean') return 'false'
  if (type === 'object') {
    const fields = (required as string[]).map((name) => {
      const property = Object(properties)[name] as Schema | undefined
      return `${JSON.stringify(name)}:${fitting(property)}`
    })
    return `{${fields.join(',')}}`
  }
  return type === 'string' ? '"aaaa"' : 'null'
}

function repeated(text: string, bytes: number): string {
  return Array(Math.max(1, Math.floor(bytes / (text.length + 1))))
    .fill(text)
    .join(',')
}

function numbered(bytes: number, item: (index: number) => string): string {
  return Array.from({ length: Math.floor(bytes / (item(100_000).length + 1)) }, (_, index) => item(index)).join(',')
}
