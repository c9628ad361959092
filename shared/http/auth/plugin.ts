import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { EndpointRole } from '../../contracts/endpoint.ts'
import { KopsError } from '../../errors/catalog.ts'
import { followTokens } from './follow-tokens.ts'
import { routeRefusal, topicRefusal } from './grants.ts'
import type { Authentication } from './options.ts'
import { hasExpired, type Principal } from './roles.ts'
import type { TokenList } from './token-list.ts'
import { findToken } from './tokens.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** The role that the route requires. Every route declares it; it is in the OpenAPI document. */
    'x-role'?: EndpointRole
    /**
     * A caller who is limited to topics may call the route: for granted topics that the request names, or with an answer
     * that shows these only. Without it they are refused.
     */
    'x-topic-grants'?: 'named' | 'filtered'
  }
  interface FastifyRequest {
    /** The caller; null until authenticated. */
    principal: Principal | null
    /**
     * For answers that last: calls `end` within a second after the caller's token or JWT expires, is no longer accepted, or
     * loses the role or the topic that the request requires.
     * @returns ends the watch
     */
    onceRefused(end: () => void): () => void
  }
}

export interface AuthOptions {
  /** undefined: callers need not authenticate. */
  authentication: Authentication | undefined
  /** Paths whose routes come from third-party plugins, without our schema: open like `public`. */
  openPaths: string[]
}

/** How often it looks whether the caller of an answer that lasts is still allowed to read it. */
const recheckMs = 1000

/**
 * Without configured authentication, the machine's own users are trusted: the address is loopback, or the network, or the
 * machine in it, declared trusted.
 */
const anonymous: Principal = { name: 'anonymous', role: 'admin', how: 'anonymous' }

/**
 * Authenticates the caller (bearer token or JWT, RFC 6750), and checks the role against the route's and the topics against the
 * request's. Registering a route without a role throws, so that no route is open by oversight.
 */
export const authPlugin = fp<AuthOptions>(
  async (app, { authentication, openPaths }) => {
    const isOpen = (url: string) => openPaths.some((path) => url === path || url.startsWith(`${path}/`))

    const { tokens } = authentication ?? {}
    if (tokens) {
      let end = () => {}
      app.addHook('onReady', async () => {
        end = followTokens(tokens, app.log)
      })
      app.addHook('onClose', async () => end())
    }

    app.decorateRequest('principal', null)
    app.decorateRequest('onceRefused', function (this: FastifyRequest, end: () => void) {
      const timer = setInterval(() => {
        const refusal = authentication && refusalNow(this, tokens, neededRole(this, isOpen))
        if (refusal === undefined) return
        clearInterval(timer)
        this.log.warn({ name: this.principal?.name }, `ends an answer: ${refusal}`)
        end()
      }, recheckMs)
      return () => clearInterval(timer)
    })

    app.addHook('onRoute', ({ url, method, schema }) => {
      if (!isOpen(url) && schema?.['x-role'] === undefined) throw new Error(`${method} ${url} declares no x-role`)
    })

    app.addHook('onRequest', async (request, reply) => {
      const needed = neededRole(request, isOpen)
      if (needed === undefined || needed === 'public') return
      // By the connection: no header makes a request one of this machine.
      if (authentication === undefined || authentication.isExempt?.(request.socket.remoteAddress ?? '')) {
        request.principal = anonymous
        return
      }
      try {
        request.principal = await identify(request, authentication)
      } catch (error) {
        reply.header('www-authenticate', 'Bearer')
        throw error
      }
      const refusal = routeRefusal(request.principal, needed, request)
      if (refusal !== undefined) throw new KopsError('forbidden', refusal)
    })

    // Validated by then, and before the audit trail has a request that is refused.
    app.addHook('preHandler', async (request) => {
      const refusal = request.principal ? topicRefusal(request.principal, request) : undefined
      if (refusal !== undefined) throw new KopsError('forbidden', refusal)
    })
  },
  { name: 'auth', dependencies: ['errors'] }
)

/** undefined without a route: the 404 reveals nothing that needs a role. */
function neededRole(request: FastifyRequest, isOpen: (url: string) => boolean): EndpointRole | undefined {
  const { url, schema } = request.routeOptions
  if (url === undefined || isOpen(url)) return undefined
  return schema?.['x-role'] ?? 'admin'
}

/** Why a caller who was allowed to call a route no longer is; a JWT is only asked when it expires. */
function refusalNow(
  request: FastifyRequest,
  tokens: TokenList | undefined,
  needed: EndpointRole | undefined
): string | undefined {
  const { principal } = request
  if (principal === null || needed === undefined) return undefined
  const current = principal.how === 'token' ? findToken(tokens?.current() ?? [], tokenOf(request) ?? '') : principal
  if (current === undefined) return 'the token is no longer accepted'
  if (hasExpired(current, new Date())) return `the ${current.how} has expired`
  return routeRefusal(current, needed, request) ?? topicRefusal(current, request)
}

async function identify(request: FastifyRequest, { tokens, jwt }: Authentication): Promise<Principal> {
  const token = tokenOf(request)
  if (token === undefined) throw new KopsError('unauthenticated', 'send Authorization: Bearer <token>')
  const known = findToken(tokens?.current() ?? [], token)
  if (known && !hasExpired(known, new Date())) return known
  // The answer is that to an unknown token: it must not confirm that this one existed.
  if (known) request.log.warn({ name: known.name, expiredAt: known.expiresAt }, 'a token has expired')
  else if (jwt && token.split('.').length === 3) return jwt(token)
  throw new KopsError('unauthenticated', 'the token is not accepted')
}

/** The bearer token of a request; undefined if there is none. */
export function tokenOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +([\w.~+/=-]+)$/i.exec(headers.authorization ?? '')?.[1]
}
