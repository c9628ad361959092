import { type Endpoint, optionalBodyMark } from '#shared/contracts/endpoint.ts'
import { topicPattern } from '#shared/contracts/named-topics.ts'
import { exampleOf, type JsonSchema } from '#shared/http/openapi-examples.ts'

/** A request to an endpoint, ready to be injected, and its parts as the service sees them. */
export interface EndpointRequest {
  method: Endpoint['method']
  url: string
  payload?: Record<string, unknown>
}

export interface RequestParts {
  params: Record<string, unknown>
  query: Record<string, unknown>
  body?: Record<string, unknown>
}

/** The value for a place of a schema, by the place's schema and the name of its field; undefined: as in the example. */
export type Fill = (schema: JsonSchema, name: string) => unknown

/** A topic in each place for one. */
export function withTopic(topic: string): Fill {
  return ({ pattern }) => (pattern === topicPattern ? topic : undefined)
}

/** The example of an endpoint's request, filled; one with a body and, if the body is optional, one without. */
export function requestsOf(endpoint: Endpoint, fill: Fill): { request: EndpointRequest; parts: RequestParts }[] {
  const { method, path, params, query, body } = endpoint
  const of = (schema: unknown): Record<string, unknown> =>
    Object(filled(isObject(schema) ? schema : {}, exampleOf(isObject(schema) ? schema : {}), { fill, name: '' }))
  const parts = { params: of(params), query: of(query) }
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parts.params[name] ?? 'x')))
  const pairs = Object.entries(parts.query).map(([name, value]): [string, string] => [name, String(value)])
  const search = new URLSearchParams(pairs).toString()
  const bare = { method, url: search === '' ? url : `${url}?${search}` }
  if (body === undefined) return [{ request: bare, parts }]
  const payload = of(body)
  if (!Reflect.get(body, optionalBodyMark)) {
    return [{ request: { ...bare, payload }, parts: { ...parts, body: payload } }]
  }
  return [
    { request: bare, parts },
    { request: { method, url, payload }, parts: { ...parts, query: {}, body: payload } }
  ]
}

/** A value with what belongs into each place, also into optional fields. */
function filled(schema: JsonSchema, value: unknown, { fill, name }: { fill: Fill; name: string }): unknown {
  const given = fill(schema, name)
  if (given !== undefined) return given
  const { properties, items } = schema
  const alternatives = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(alternatives)) return withPlace(alternatives, { fill, name }) ?? value
  if (isObject(properties)) {
    const known = isObject(value) ? value : {}
    const entries = Object.entries(properties).map(([member, property]) => [
      member,
      filled(isObject(property) ? property : {}, known[member], { fill, name: member })
    ])
    const present = entries.filter(([, content]) => content !== undefined)
    if (value !== undefined) return { ...known, ...Object.fromEntries(present) }
    // What the example leaves out is there, whole, if something belongs into it.
    return present.length === 0 ? undefined : { ...Object(exampleOf(schema)), ...Object.fromEntries(present) }
  }
  if (isObject(items)) {
    const item = fill(items, name)
    if (item !== undefined) return [item]
    if (Array.isArray(value)) return value.slice(0, 1).map((each) => filled(items, each, { fill, name }))
  }
  return value
}

/** Of several shapes, the first in which something belongs into a place. */
function withPlace(alternatives: JsonSchema[], into: { fill: Fill; name: string }): unknown {
  for (const schema of alternatives) {
    const example = exampleOf(schema)
    const withIt = filled(schema, example, into)
    if (JSON.stringify(withIt) !== JSON.stringify(example)) return withIt
  }
  return undefined
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
