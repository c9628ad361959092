import type { FastifyRequest } from 'fastify'
import type { EndpointRole } from '../../contracts/endpoint.ts'
import { namedTopics } from '../../contracts/named-topics.ts'
import { isGranted } from '../../lists/glob.ts'
import { mayCall, type Principal } from './roles.ts'

/** Why a caller may not call a route at all, before its request is read; undefined if they may. */
export function routeRefusal(
  { name, role, topics }: Principal,
  needed: EndpointRole,
  { routeOptions }: FastifyRequest
): string | undefined {
  if (!mayCall(role, needed)) return `this requires the role ${needed}; ${name} is ${role}`
  if (topics === undefined || routeOptions.schema?.['x-topic-grants']) return undefined
  return `this concerns more than single topics; ${limitOf(name, topics)}`
}

/** Why a caller who is limited to topics may not make a request, once it is validated; undefined if they may. */
export function topicRefusal({ name, topics }: Principal, request: FastifyRequest): string | undefined {
  if (topics === undefined) return undefined
  const { params, querystring: query, body, 'x-topic-grants': grants } = request.routeOptions.schema ?? {}
  const named = namedTopics(request, { params, query, body })
  if (named.length === 0 && grants !== 'filtered') return `the request names no topic; ${limitOf(name, topics)}`
  const outside = named.find((topic) => !isGranted(topics, topic))
  return outside === undefined ? undefined : `the topic ${outside} is not granted; ${limitOf(name, topics)}`
}

function limitOf(name: string, topics: readonly string[]): string {
  return `${name} is limited to the topics ${topics.join(', ')}`
}
