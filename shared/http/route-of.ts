import type { FastifySchema } from 'fastify'
import { Type } from 'typebox'
import { ProblemSchema } from '../contracts/common.ts'
import type { Endpoint } from '../contracts/endpoint.ts'
import { takesTopic } from '../contracts/named-topics.ts'

/** The error responses of every endpoint, besides its own answers. */
const problemResponses = {
  '4xx': { description: 'The request was refused', content: { 'application/problem+json': { schema: ProblemSchema } } },
  '5xx': { description: 'The request failed', content: { 'application/problem+json': { schema: ProblemSchema } } }
}

/** The responses of an endpoint that answers with server-sent events. */
const eventStreamResponses = {
  200: {
    description: 'Server-sent events, one JSON document each',
    content: { 'text/event-stream': { schema: Type.String({ examples: ['event: end\ndata: {}\n\n'] }) } }
  },
  ...problemResponses
}

/** A route's schema, typed by its endpoint's record: Fastify infers the types of request and answer from it. */
interface RouteSchema<E extends Endpoint> extends FastifySchema {
  params: E['params']
  querystring: E['query']
  headers: E['headers']
  body: E['body']
  response: E['answers']
}

/** What an endpoint is for callers who are limited to topics. */
export function topicGrants({
  filtersTopics,
  wholeCluster,
  ...endpoint
}: Endpoint): Pick<FastifySchema, 'x-topic-grants'> {
  if (filtersTopics) return { 'x-topic-grants': 'filtered' }
  return takesTopic(endpoint) && !wholeCluster ? { 'x-topic-grants': 'named' } : {}
}

/**
 * Method, address and schema of a route, from the record of its endpoint: `app.route({ ...routeOf(endpoint), handler })`. The
 * handler's params, query, body and answer have the types of the record's schemas.
 */
export function routeOf<E extends Endpoint>(endpoint: E) {
  const { method, path, role, audit, tag, summary, description, params, query, headers, body } = endpoint
  const schema = {
    'x-role': role,
    ...topicGrants(endpoint),
    ...(audit === undefined ? {} : { 'x-audit': audit }),
    ...(endpoint.changesNothing ? { 'x-changes-nothing': true } : {}),
    ...(endpoint.endsHarm ? { 'x-ends-harm': true } : {}),
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
    response: endpoint.streams ? eventStreamResponses : { ...endpoint.answers, ...problemResponses }
  }
  return { method, url: path.replaceAll(/\{(\w+)\}/g, ':$1'), schema: schema as RouteSchema<E> }
}
