import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { EndpointRole } from '../contracts/endpoint.ts'
import type { TypedEvent } from '../contracts/event-types.ts'
import { toKopsError } from '../http/errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Its answer becomes an event, because it has become one. */
    isPublished: boolean
  }
}

export interface RequestEventsOptions {
  /** Of which requests: of `GET /`, or of all that have a caller. */
  which: 'main' | 'all'
  /** The name of the service in its error events. */
  service: string
  hostname: string
  os: string
  /** Takes an event without waiting. @param key events with the same key keep their order */
  offer: (event: TypedEvent, key: string) => void
  now: () => Date
}

/** Endpoints that people and programs call; health checks are public, and metrics have a role of their own. */
const callerRoles: ReadonlySet<EndpointRole | undefined> = new Set(['viewer', 'reader', 'operator', 'admin'])
/** As the schemas of the events have them. A proxy may report anything as an address. */
const longestAddress = 100
const longestPath = 2000
const longestMessage = 1000

/**
 * Makes events of the service's requests, of their answers, and of what goes wrong inside. A request that is refused before it has
 * a caller is none. Register it before the routes.
 */
export const requestEventsPlugin = fp<RequestEventsOptions>(
  async (app, { which, service, hostname, os, offer, now }) => {
    const timestamp = () => now().toISOString()
    const userOf = (request: FastifyRequest) => request.ip.slice(0, longestAddress)
    app.decorateRequest('isPublished', false)

    app.addHook('onRequest', (request, _reply, done) => {
      if (which === 'all' ? isCalled(request) : request.routeOptions.url === '/') {
        request.isPublished = true
        const user_ip = userOf(request)
        const endpoint = (request.url.split('?', 1)[0] ?? '/').slice(0, longestPath)
        offer(
          {
            timestamp: timestamp(),
            event_type: 'http_request',
            data: { user_ip, method: request.method, endpoint, hostname, os }
          },
          user_ip
        )
      }
      done()
    })

    app.addHook('onError', (request, _reply, error, done) => {
      const { code, status, message } = toKopsError(error)
      if (request.isPublished && status >= 500) {
        const data = { error_message: message.slice(0, longestMessage) || code, error_type: code, service }
        offer({ timestamp: timestamp(), event_type: 'error', data }, userOf(request))
      }
      done()
    })

    app.addHook('onResponse', (request, reply, done) => {
      if (request.isPublished) {
        const data = {
          user_ip: userOf(request),
          status_code: reply.statusCode,
          response_time_ms: Math.round(reply.elapsedTime * 1000) / 1000
        }
        offer({ timestamp: timestamp(), event_type: 'http_response', data }, data.user_ip)
      }
      done()
    })
  },
  { name: 'request-events', dependencies: ['auth', 'errors'] }
)

function isCalled({ routeOptions: { url, schema } }: FastifyRequest): boolean {
  return callerRoles.has(schema?.['x-role']) && !url?.startsWith('/api/health')
}
