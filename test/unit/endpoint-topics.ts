import { TopicNameSchema } from '#shared/contracts/common.ts'
import { type Endpoint, optionalBodyMark } from '#shared/contracts/endpoint.ts'
import { exampleOf, type JsonSchema } from '#shared/http/openapi-examples.ts'

const pattern: unknown = Reflect.get(TopicNameSchema, 'pattern')

export interface TopicRequest {
  method: Endpoint['method']
  url: string
  payload?: Record<string, unknown>
}

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a request's schema has a place for a topic's name. */
export function takesTopic({ params, query, body }: Endpoint): boolean {
  return [params, query, body].some((schema) => JSON.stringify(schema ?? {}).includes(JSON.stringify(pattern)))
}

/** The example of an endpoint's request with a topic in each place for one; one request with a body and one without. */
export function requestsWith(topic: string, endpoint: Endpoint): TopicRequest[] {
  const { method, path, params, query, body } = endpoint
  const place = (schema: unknown) =>
    withTopic(isObject(schema) ? schema : {}, exampleOf(isObject(schema) ? schema : {}), topic)
  const named = Object(place(params))
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(named[name] ?? 'x')))
  const search = new URLSearchParams(
    Object.entries(Object(place(query))).map(([name, value]) => [name, String(value)] as [string, string])
  )
  const bare = { method, url: search.size === 0 ? url : `${url}?${search}` }
  if (body === undefined) return [bare]
  const payload = Object(place(body))
  if (!Reflect.get(body, optionalBodyMark)) return [{ ...bare, payload }]
  return [bare, { method, url, payload }]
}

/** A value with the topic wherever its schema has a place for one, also in optional fields. */
function withTopic(schema: JsonSchema, value: unknown, topic: string): unknown {
  if (schema['pattern'] === pattern) return topic
  const { properties, items } = schema
  if (isObject(properties)) {
    const known = isObject(value) ? value : {}
    const entries = Object.entries(properties).map(([name, property]) => [
      name,
      withTopic(isObject(property) ? property : {}, known[name], topic)
    ])
    return { ...known, ...Object.fromEntries(entries.filter(([, filled]) => filled !== undefined)) }
  }
  if (isObject(items)) {
    if (items['pattern'] === pattern) return [topic]
    if (Array.isArray(value)) return value.slice(0, 1).map((item) => withTopic(items, item, topic))
  }
  return value
}
