import type { CallOptions } from '#shared/client/endpoint.ts'
import type { Answer } from '#shared/contracts/endpoint.ts'
import type { endpoints } from '#shared/contracts/endpoints.ts'

type Records = (typeof endpoints)[keyof typeof endpoints]

/** Every endpoint's record by its method and path. Types only: the records themselves, with their schemas, weigh 38 kB. */
type ByRoute = { [E in Records as `${E['method']} ${E['path']}`]: E }

/** `GET /api/topics/{topicName}`. */
export type Route = keyof ByRoute
export type StreamRoute = { [R in Route]: ByRoute[R] extends { streams: true } ? R : never }[Route]
/** A route that answers with one JSON document. */
export type JsonRoute = Exclude<Route, StreamRoute>
export type ReadingRoute = Extract<JsonRoute, `GET ${string}`>

/** Parameters of the path, query and body of a call, as the endpoint's record describes them. */
export type PartsOf<R extends Route> = Omit<CallOptions<ByRoute[R]>, 'timeoutMs' | 'signal'> & Parts
export type AnswerOf<R extends Route> = Answer<ByRoute[R]>
/** The role that a route requires. */
export type RoleOf<R extends Route> = ByRoute[R]['role']

/** The same of any route. */
export interface Parts {
  params?: Record<string, string | number> | undefined
  query?: Record<string, unknown> | undefined
  body?: unknown
  /** Names of the files that the body, or a part of it, was read from: command lines have these instead. */
  files?: Readonly<Record<string, string>> | undefined
}

/** Method and path of a route. */
export function splitRoute(route: Route): { method: string; path: string } {
  const at = route.indexOf(' ')
  return { method: route.slice(0, at), path: route.slice(at + 1) }
}
