import type { Static, TSchema } from 'typebox'
import type { Endpoint } from '../contracts/endpoint.ts'

/** The arguments of a call: the parts that the endpoint's record describes. Query and body may be optional. */
export type CallOptions<E extends Endpoint> = ParamsPart<E> &
  QueryPart<E> &
  BodyPart<E> & { timeoutMs?: number; signal?: AbortSignal }

type ParamsPart<E extends Endpoint> = E extends { params: infer P extends TSchema }
  ? { params: Static<P> }
  : { params?: never }
type QueryPart<E extends Endpoint> = E extends { query: infer Q extends TSchema }
  ? { query?: Static<Q> }
  : { query?: never }
type BodyPart<E extends Endpoint> = E extends { body: infer B extends TSchema }
  ? { body?: Static<B> }
  : { body?: never }

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
