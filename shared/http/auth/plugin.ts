import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { EndpointRole } from '../../contracts/endpoint.ts'
import { KopsError } from '../../errors/catalog.ts'
import type { Authentication } from './options.ts'
import { hasExpired, mayCall, type Principal } from './roles.ts'
import { findToken } from './tokens.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** The role that the route requires. Every route declares it; it is in the OpenAPI document. */
    'x-role'?: EndpointRole
  }
  interface FastifyRequest {
    /** The caller; null until authenticated. */
    principal: Principal | null
  }
}

export interface AuthOptions {
  /** undefined: callers need not authenticate. */
  authentication: Authentication | undefined
  /** Paths whose routes come from third-party plugins, without our schema: open like `public`. */
  openPaths: string[]
}

/**
 * Without configured authentication, the machine's own users are trusted: the address is loopback, or a network
 * declared trusted.
 */
const anonymous: Principal = { name: 'anonymous', role: 'admin', how: 'anonymous' }

/**
 * Authenticates the caller (bearer token or JWT, RFC 6750) and checks the role against the route's. Registering a route
 * without a role throws, so that no route is open by oversight.
 */
export const authPlugin = fp<AuthOptions>(
  async (app, { authentication, openPaths }) => {
    const isOpen = (url: string) => openPaths.some((path) => url === path || url.startsWith(`${path}/`))

    app.decorateRequest('principal', null)

    app.addHook('onRoute', ({ url, method, schema }) => {
      if (!isOpen(url) && schema?.['x-role'] === undefined) throw new Error(`${method} ${url} declares no x-role`)
    })

    app.addHook('onRequest', async (request, reply) => {
      const needed = neededRole(request, isOpen)
      if (needed === undefined || needed === 'public') return
      if (authentication === undefined) {
        request.principal = anonymous
        return
      }
      try {
        request.principal = await identify(request, authentication)
      } catch (error) {
        reply.header('www-authenticate', 'Bearer')
        throw error
      }
      if (!mayCall(request.principal.role, needed)) {
        throw new KopsError(
          'forbidden',
          `this requires the role ${needed}; ${request.principal.name} is ${request.principal.role}`
        )
      }
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

async function identify(request: FastifyRequest, { tokens, jwt }: Authentication): Promise<Principal> {
  const token = /^Bearer +([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) throw new KopsError('unauthenticated', 'send Authorization: Bearer <token>')
  const known = findToken(tokens, token)
  if (known && !hasExpired(known, new Date())) return known
  // The answer is that to an unknown token: it must not confirm that this one existed.
  if (known) request.log.warn({ name: known.name, expiredAt: known.expiresAt }, 'a token has expired')
  else if (jwt && token.split('.').length === 3) return jwt(token)
  throw new KopsError('unauthenticated', 'the token is not accepted')
}
