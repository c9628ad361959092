import fc from 'fast-check'

export type JsonSchema = Record<string, unknown>

/** All but surrogates. fast-check's own (`binary`) begins with a table of all of them, which takes a second. */
const codePoints = fc
  .integer({ min: 0, max: 0x10_ffff - 0x800 })
  .map((n) => String.fromCodePoint(n < 0xd800 ? n : n + 0x800))

/** Texts that have broken something somewhere: other alphabets, control characters, paths, names that objects have. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '.',
    '..',
    '../../etc/passwd',
    '__consumer_offsets',
    '__proto__',
    'constructor',
    'toString',
    '%',
    '%00',
    '*',
    'null',
    'NaN',
    'a'.repeat(249),
    'a'.repeat(250),
    '\u0000',
    '\u001b[31m',
    '\u007f',
    '\ufeff',
    '🦄',
    '𝕬',
    'e\u0301',
    'a'.concat('\u0301'.repeat(50)),
    '\u202eabc',
    'مرحبا',
    'ß',
    'İ',
    '\ud800',
    'a\udfffb',
    '"}],\\',
    "'; DROP TABLE topics; --",
    '<script>alert(1)</script>',
    '$' + '{7*7}'
  ),
  fc.string({ unit: codePoints, maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 60 })
)

const numbers = fc.oneof(
  fc.constantFrom(-1, -0, 0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 1e12, 1e308, -0.5, 0.1),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true })
)

/** Own keys that a careless merge would take for the prototype: JSON.parse makes them so, a literal would not. */
const prototypes = fc
  .constantFrom(
    '{"__proto__":{"admin":true}}',
    '{"constructor":{"prototype":{"admin":true}}}',
    '{"__proto__":null,"name":"x"}'
  )
  .map((text): unknown => JSON.parse(text))

/** Anything that JSON can say, whatever is expected. */
const anything: fc.Arbitrary<unknown> = fc.oneof(
  numbers,
  texts,
  fc.boolean(),
  fc.constant(null),
  prototypes,
  fc.jsonValue()
)

/** Values that match a schema, values at and just beyond each of its limits, and others. */
export function valuesOf(schema: JsonSchema, document: unknown): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 12, arbitrary: fittingOf(schema, document) },
    { weight: 4, arbitrary: boundsOf(schema, document) },
    { weight: 1, arbitrary: anything }
  )
}

function fittingOf(asWritten: JsonSchema, document: unknown): fc.Arbitrary<unknown> {
  const schema = resolve(asWritten, document)
  const { type, pattern, format, items, examples } = schema
  const alternatives = alternativesOf(schema)
  if (schema['const'] !== undefined) return fc.constant(schema['const'])
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...schema['enum'])
  if (alternatives) return fc.oneof(...alternatives.map((branch) => valuesOf(branch, document)))
  if (type === 'boolean') return fc.boolean()
  if (type === 'null') return fc.constant(null)
  if (type === 'number') {
    const min = numberIn(schema, 'minimum', numberIn(schema, 'exclusiveMinimum', -(2 ** 53)))
    const minExcluded = schema['exclusiveMinimum'] !== undefined
    return fc.double({ min, minExcluded, max: numberIn(schema, 'maximum', 2 ** 53), noNaN: true })
  }
  if (type === 'integer') {
    const min = numberIn(schema, 'minimum', numberIn(schema, 'exclusiveMinimum', -(2 ** 53)) + 1)
    const max = numberIn(schema, 'maximum', 2 ** 53 - 1)
    return fc.oneof(fc.integer({ min, max: Math.min(max, min + 20) }), fc.integer({ min, max }))
  }
  if (type === 'array' && isSchema(items)) {
    const minLength = numberIn(schema, 'minItems', 0)
    return fc.array(valuesOf(items, document), { minLength, maxLength: minLength + 3 })
  }
  if (type === 'object') return objectsOf(schema, document)
  if (type !== 'string') return anything
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  if (typeof pattern === 'string') return fc.oneof(matching(pattern), fc.constantFrom(...(asList(examples) ?? ['x'])))
  return fc.string({
    unit: 'grapheme',
    minLength: numberIn(schema, 'minLength', 0),
    maxLength: Math.min(numberIn(schema, 'maxLength', 40), 40)
  })
}

function objectsOf(schema: JsonSchema, document: unknown): fc.Arbitrary<unknown> {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {}
  const model = Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) =>
      isSchema(property) ? [[name, valuesOf(property, document)]] : []
    )
  )
  const more = schema['additionalProperties']
  const requiredKeys = (asList(schema['required']) ?? []).map(String)
  const known = fc.record(model, { requiredKeys, noNullPrototype: true })
  if (!isSchema(more)) return known
  const others = fc.dictionary(texts, valuesOf(more, document), { maxKeys: 3, noNullPrototype: true })
  return fc.tuple(known, others).map(([one, other]) => ({ ...one, ...other }))
}

/** At each bound and one past it. */
function boundsOf(asWritten: JsonSchema, document: unknown): fc.Arbitrary<unknown> {
  const schema = resolve(asWritten, document)
  const { type, items, minimum, exclusiveMinimum, maximum, minLength, maxLength, minItems, maxItems } = schema
  const alternatives = alternativesOf(schema)
  if (alternatives) return fc.oneof(...alternatives.map((branch) => boundsOf(branch, document)))
  const around = (bound: unknown) => (typeof bound === 'number' ? [bound - 1, bound, bound + 1] : [])
  if (type === 'integer' || type === 'number') {
    const bounds = [minimum, exclusiveMinimum, maximum].flatMap(around).concat(0.5)
    return fc.oneof(fc.constantFrom(...bounds), fc.constantFrom(...bounds.map(String)), numbers)
  }
  if (type === 'string') {
    const lengths = [...around(minLength), ...around(maxLength)].filter((length) => length >= 0)
    const long = lengths.flatMap((length) => ['a'.repeat(length), '🦄'.repeat(length)])
    return long.length > 0 ? fc.oneof(fc.constantFrom(...long), texts) : texts
  }
  if (type === 'array' && isSchema(items)) {
    const lengths = [...around(minItems), ...around(maxItems)].filter((length) => length >= 0 && length <= 1001)
    const item = valuesOf(items, document)
    return fc
      .tuple(item, fc.constantFrom(0, 1, 2, ...lengths))
      .map(([value, length]) => Array.from({ length }, () => value))
  }
  if (type === 'object') return withoutOrWithMore(schema, document)
  return anything
}

/** An object with a missing field, or with an additional one. */
function withoutOrWithMore(schema: JsonSchema, document: unknown): fc.Arbitrary<unknown> {
  const names = isSchema(schema['properties']) ? Object.keys(schema['properties']) : []
  return fc
    .tuple(objectsOf(schema, document), fc.constantFrom(undefined, ...names), fc.option(texts), anything)
    .map(([value, missing, added, of]) => {
      const entries = Object.entries(Object(value)).filter(([name]) => name !== missing)
      return Object.fromEntries(added === null ? entries : [...entries, [added, of]])
    })
}

/** Not every pattern can be turned into texts (lookaheads cannot): the others are met by examples. */
function matching(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern), { size: 'small' })
  } catch {
    return texts
  }
}

function resolve(schema: JsonSchema, document: unknown): JsonSchema {
  const reference = schema['$ref']
  if (typeof reference !== 'string') return schema
  const found = reference
    .slice(2)
    .split('/')
    .reduce((at: unknown, part) => Object(at)[decodeURIComponent(part).replaceAll('~1', '/')], document)
  return isSchema(found) ? found : {}
}

function alternativesOf({ anyOf, oneOf }: JsonSchema): JsonSchema[] | undefined {
  const alternatives = asList(anyOf ?? oneOf)
  return alternatives?.filter(isSchema)
}

function numberIn(schema: JsonSchema, keyword: string, otherwise: number): number {
  const value = schema[keyword]
  return typeof value === 'number' ? value : otherwise
}

function asList(value: unknown): unknown[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value : undefined
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
