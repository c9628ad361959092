import { TopicNameSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'

/** The parts of a request, or their schemas. */
export interface RequestParts {
  params?: unknown
  query?: unknown
  body?: unknown
}

/** By this a schema is a place for a topic's name, whatever its description and the name of its field. */
export const topicPattern: unknown = Reflect.get(TopicNameSchema, 'pattern')

/** Whether a request's schemas have a place for a topic's name. */
export function takesTopic({ params, query, body }: Pick<Endpoint, 'params' | 'query' | 'body'>): boolean {
  return [params, query, body].some((schema) => JSON.stringify(schema ?? {}).includes(JSON.stringify(topicPattern)))
}

/** The topics that a validated request names, in whichever place its schemas have for one. */
export function namedTopics(request: RequestParts, schemas: RequestParts): string[] {
  return [
    ...topicsIn(request.params, schemas.params),
    ...topicsIn(request.query, schemas.query),
    ...topicsIn(request.body, schemas.body)
  ]
}

function topicsIn(value: unknown, schema: unknown): string[] {
  if (!isObject(schema) || value === undefined || value === null) return []
  if (typeof value === 'string') {
    if (schema['pattern'] === topicPattern) return [value]
  }
  const alternatives = ['anyOf', 'oneOf', 'allOf'].flatMap((name) => schema[name] ?? [])
  const ofAlternatives = alternatives.flatMap((each) => topicsIn(value, each))
  if (Array.isArray(value)) return [...ofAlternatives, ...value.flatMap((item) => topicsIn(item, schema['items']))]
  if (!isObject(value)) return ofAlternatives
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  return [...ofAlternatives, ...Object.entries(value).flatMap(([name, member]) => topicsIn(member, properties[name]))]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
