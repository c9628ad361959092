import replyFrom from '@fastify/reply-from'
import type { FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { readSecret } from '#shared/secret-settings.ts'

export interface ProxyPluginOptions {
  /** Addresses of the other two services; undefined: its endpoints are not offered here. */
  urls: Partial<Record<Endpoint['service'], string | undefined>>
  /** With a token for callers who need none here, and would there. */
  tokenFile: string | undefined
}

/** Its runbooks are pages, and no part of the API. */
const pages: Partial<Record<Endpoint['service'], string[]>> = { health: ['/runbooks', '/runbooks/:name'] }

const names: Record<Endpoint['service'], string> = {
  admin: 'admin-service',
  health: 'health-service',
  loadTest: 'load-test-service'
}

/**
 * Offers the endpoints of the other two services here too, so that a browser needs one address and one session. The caller is
 * authenticated here and there, with the same token; the service that carries a change out is the one that audits it.
 */
export const proxyPlugin = fp<ProxyPluginOptions>(
  async (app, { urls, tokenFile }) => {
    if (tokenFile) readSecret('KOPS_UPSTREAM_TOKEN_FILE', tokenFile)
    /** Whoever has shown a token calls with that one, and nobody with more than their own role. */
    const tokenFor = ({ principal }: FastifyRequest) =>
      tokenFile && principal?.how === 'anonymous' ? readSecret('KOPS_UPSTREAM_TOKEN_FILE', tokenFile) : undefined

    for (const [service, url] of entriesOf(urls)) {
      if (!url) continue
      let lastAnswerAt: Date | undefined
      await app.register(async (scope) => {
        // Bodies are passed on as they are.
        scope.removeAllContentTypeParsers()
        scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
        await scope.register(replyFrom, {
          base: url,
          // Streams may be quiet for 15 s, and load tests that are waited for take minutes; the caller decides when it is too long.
          undici: { connections: 256, headersTimeout: 0, bodyTimeout: 0 },
          disableRequestLogging: true
        })
        const pass = (request: FastifyRequest, reply: FastifyReply) =>
          reply.from(undefined, {
            rewriteRequestHeaders: (_raw, headers) => forwarded(headers, tokenFor(request)),
            // A 503 is an answer that the caller is to see.
            retryDelay: () => null,
            rewriteHeaders: (headers) => {
              lastAnswerAt = new Date()
              return headers
            },
            onError: (failed, { error }) => {
              const options = { cause: error, lastAnswerAt }
              failed.send(new KopsError('service_unreachable', `${names[service]} does not answer`, options))
            }
          })
        for (const endpoint of Object.values<Endpoint>(endpoints)) {
          if (endpoint.service !== service) continue
          const { method, url, schema } = routeOf(endpoint)
          // What is in the request is for that service to check.
          const grants = schema['x-topic-grants'] ? ({ 'x-topic-grants': 'filtered' } as const) : {}
          scope.route({
            method,
            url,
            schema: { hide: true, 'x-role': endpoint.role, ...grants },
            handler: (request, reply) => pass(request, reply)
          })
        }
        const open: RouteShorthandOptions = { schema: { hide: true, 'x-role': 'public' } }
        for (const path of pages[service] ?? []) scope.get(path, open, (request, reply) => pass(request, reply))
      })
    }
  },
  { name: 'proxy', dependencies: ['auth'] }
)

/** What the other service gets of a request: neither a cookie nor the page that it came from, which has been checked here. */
export function forwarded<T extends Record<string, unknown>>(headers: T, token: string | undefined): T {
  const kept = Object.entries(headers).filter(([name]) => !/^(?:cookie|origin|referer|sec-.*)$/i.test(name))
  return Object.fromEntries([...kept, ...(token ? [['authorization', `Bearer ${token}`]] : [])]) as T
}

function entriesOf<K extends string, V>(record: Partial<Record<K, V>>): [K, V | undefined][] {
  return Object.entries(record) as [K, V | undefined][]
}
