import { type Static, type TSchema, type TUnsafe, Type } from 'typebox'

/** What a caller may do. Each role may do what the one before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof roles)[number]

/** What an endpoint asks of its caller; `public` asks nothing, not even who it is. */
export type EndpointRole = Role | 'public'

/**
 * All that is known of an endpoint, written once: the service registers its route from it, and the client, the CLI and the
 * OpenAPI document take their types and texts from it.
 */
export interface Endpoint {
  service: 'admin' | 'health' | 'loadTest'
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Holds `{parameters}` as OpenAPI writes them; `params` describes each. */
  path: string
  role: EndpointRole
  /** What a mutation is called in the audit trail, `topic.create`. Every mutation of admin-service has one. */
  audit?: string
  /** The heading under which the API's document shows it. */
  tag: string
  summary: string
  description?: string
  params?: TSchema
  query?: TSchema
  headers?: TSchema
  body?: TSchema
  /** A schema for each status of success; for a stream, that of one event: its name, and its data. */
  answers: Record<number, TSchema>
  /** It answers with server-sent events. */
  streams?: true
}

export type JsonEndpoint = Endpoint & { streams?: never }
export type StreamEndpoint = Endpoint & { streams: true; answers: { 200: TSchema } }

/** What an endpoint answers, whatever the status of success; of a stream, one event. */
export type Answer<E extends Endpoint> = Static<E['answers'][keyof E['answers'] & number]>

/** A schema with a description of its own: what an answer means under one status. */
export function described<T extends TSchema>(schema: T, description: string): T {
  return { ...schema, description }
}

/** What says in a schema that the body may be left out. */
export const optionalBodyMark = 'x-optional-body'

/** A body that may be left out: the handler then gets null (or undefined) and no schema has been held against it. */
export function optionalBody<T extends TSchema>(schema: T): TUnsafe<Static<T> | null | undefined> {
  // The copy is another schema than the original: under the same $id, Ajv refuses to hold both.
  return Type.Unsafe<Static<T> | null | undefined>({ ...schema, $id: undefined, [optionalBodyMark]: true })
}

/** For endpoints that take no query: any parameter is refused. */
export const NoQuerySchema = Type.Object({}, { additionalProperties: false })
