import type { Static, TSchema } from 'typebox'

/** One endpoint as its contract says: what it takes and what it answers. Paths hold `{parameters}` as OpenAPI writes them. */
export interface Endpoint {
  service: 'admin' | 'health' | 'loadTest'
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  query?: TSchema
  body?: TSchema
  response: TSchema
}

type Parameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Parameters<Rest>
  : never

type PathPart<E extends Endpoint> = [Parameters<E['path']>] extends [never]
  ? { params?: never }
  : { params: Record<Parameters<E['path']>, string | number> }
type QueryPart<E extends Endpoint> = E['query'] extends TSchema ? { query?: Static<E['query']> } : { query?: never }
type BodyPart<E extends Endpoint> = E['body'] extends TSchema ? { body?: Static<E['body']> } : { body?: never }

/** What a call of an endpoint is given, by its path, query and body. */
export type CallOptions<E extends Endpoint> = PathPart<E> &
  QueryPart<E> &
  BodyPart<E> & { timeoutMs?: number; signal?: AbortSignal }

export type Answer<E extends Endpoint> = Static<E['response']>

/** The path and query of a call. @throws Error when a parameter of the path is missing */
export function urlOf(
  path: string,
  params: Record<string, string | number> = {},
  query: Record<string, unknown> = {}
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = params[name]
    if (value === undefined) throw new Error(`${path} needs ${name}`)
    return encodeURIComponent(value)
  })
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined) search.append(name, String(item))
    }
  }
  return search.size === 0 ? filled : `${filled}?${search}`
}
