import { type Static, type TSchema, type TUnsafe, Type } from 'typebox'

/**
 * What a caller may do. A viewer sees the cluster, but not what records contain; a reader sees that too; an operator changes
 * topics and writes records; an admin may destroy. Apart from these are programs that do one thing: `metrics` scrapes,
 * `webhook` delivers alerts.
 * shared/http/auth/roles.ts says which role includes which.
 */
export const roles = ['viewer', 'reader', 'operator', 'admin', 'metrics', 'webhook'] as const
export type Role = (typeof roles)[number]

/** What an endpoint requires of its caller; `public` requires nothing, not even authentication. */
export type EndpointRole = Role | 'public'

/**
 * The complete description of an endpoint: the service registers its route from it, and the client, the CLI and the
 * OpenAPI document take their types and texts from it.
 */
export interface Endpoint {
  service: 'admin' | 'health' | 'loadTest'
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `{parameters}` in OpenAPI's notation; `params` describes each. */
  path: string
  role: EndpointRole
  /**
   * It concerns more than the topics that it names, so a caller who is limited to topics may not call it; nor may they call an
   * endpoint that takes no topic.
   */
  wholeCluster?: true
  /**
   * It takes no topic, and what its handler shows or changes is limited to the caller's (`principal.topics`), so a caller who is
   * limited to topics may call it.
   */
  filtersTopics?: true
  /** The name of a mutation in the audit trail, `topic.create`. Every mutation of admin-service and load-test-service has one. */
  audit?: string
  /** It plans or checks, and changes nothing: as of a dry run, the audit trail holds only who was denied it. */
  changesNothing?: true
  /** It ends something that may do harm, so it is carried out even if its audit event cannot be written. */
  endsHarm?: true
  /** The heading under which the API document lists it. */
  tag: string
  summary: string
  description?: string
  params?: TSchema
  query?: TSchema
  headers?: TSchema
  body?: TSchema
  /** A schema for each success status; for a stream, the schema of one event: its name and its data. */
  answers: Record<number, TSchema>
  /** It answers with server-sent events. */
  streams?: true
}

export type JsonEndpoint = Endpoint & { streams?: never }
export type StreamEndpoint = Endpoint & { streams: true; answers: { 200: TSchema } }

/** The body of an endpoint's answer for any success status; for a stream, one event. */
export type Answer<E extends Endpoint> = Static<E['answers'][keyof E['answers'] & number]>

/** A schema with a description of its own: the meaning of an answer with one status. */
export function described<T extends TSchema>(schema: T, description: string): T {
  return { ...schema, description }
}

/** Marks a field whose content is a secret: the audit trail shows that there is one, and no more. */
export const secretMark = 'x-secret'

export function secret<T extends TSchema>(schema: T): T {
  return { ...schema, [secretMark]: true }
}

/** Marks a schema whose body is optional. */
export const optionalBodyMark = 'x-optional-body'

/** An optional body: without one, the handler gets null (or undefined), which no schema has validated. */
export function optionalBody<T extends TSchema>(schema: T): TUnsafe<Static<T> | null | undefined> {
  // The copy differs from the original, and Ajv refuses two schemas with the same $id.
  return Type.Unsafe<Static<T> | null | undefined>({ ...schema, $id: undefined, [optionalBodyMark]: true })
}

/** For endpoints without query parameters: any parameter is refused. */
export const NoQuerySchema = Type.Object({}, { additionalProperties: false })
