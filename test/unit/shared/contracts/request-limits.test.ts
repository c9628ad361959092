import t from 'tap'
import { endpoints } from '#shared/contracts/endpoints.ts'

/** Every schema within a schema, by its place. */
function* schemasIn(schema: unknown, place: string): Generator<[place: string, schema: Record<string, unknown>]> {
  if (typeof schema !== 'object' || schema === null) return
  const known = schema as Record<string, unknown>
  yield [place, known]
  for (const [keyword, value] of Object.entries(known)) {
    if (keyword === 'examples' || keyword === 'default') continue
    if (keyword === 'properties' || keyword === 'patternProperties') {
      for (const [name, property] of Object.entries(Object(value))) yield* schemasIn(property, `${place}.${name}`)
    } else if (Array.isArray(value)) {
      for (const branch of value) yield* schemasIn(branch, `${place}.${keyword}`)
    } else {
      yield* schemasIn(value, `${place}.${keyword}`)
    }
  }
}

t.test('every list and every map that a request may contain has a largest size', async (t) => {
  let lists = 0
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const { params, query, headers, body } = endpoint as Record<string, unknown>
    for (const [part, schema] of Object.entries({ params, query, headers, body })) {
      for (const [place, { type, maxItems, maxProperties, patternProperties, additionalProperties }] of schemasIn(
        schema,
        `${name}.${part}`
      )) {
        if (type === 'array') {
          lists++
          t.type(maxItems, 'number', `${place} has maxItems`)
        }
        if (patternProperties !== undefined || typeof additionalProperties === 'object') {
          t.type(maxProperties, 'number', `${place} has maxProperties`)
        }
      }
    }
  }
  t.ok(lists > 20, 'it finds lists')
})
