import type { ServerResponse } from 'node:http'
import cookie from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { KopsError } from '../../errors/catalog.ts'
import { tokenOf } from '../auth/plugin.ts'
import type { Session, Sessions } from './sessions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The session whose cookie the request was made with; null: another kind of caller. */
    session: Session | null
  }
}

export interface SessionPluginOptions {
  sessions: Sessions
  cookieName: string
  /** Browsers reach the service over TLS. */
  secure: boolean
}

/**
 * Lets pages of this service call it with a cookie (`POST /session`, `DELETE /session`) instead of a token that scripts could read.
 * A request with a session counts as one with that session's bearer token, so everything behind this has one kind of caller.
 *
 * Cookies know no ports: every service on this host gets them, and a page of any of them sends them here. A cookie therefore
 * counts only for requests that the browser marks as made by a page of the same origin, which includes the port.
 */
export const sessionPlugin = fp<SessionPluginOptions>(
  async (app, { sessions, cookieName, secure }) => {
    await app.register(cookie)
    app.decorateRequest('session', null)
    const cookieOptions = { path: '/', httpOnly: true, sameSite: 'strict', secure } as const

    app.addHook('onRequest', async (request, reply) => {
      const id = request.cookies[cookieName]
      // Nothing else needs cookies: no log has them, and no other service gets them.
      delete request.headers.cookie
      const role = request.routeOptions.schema?.['x-role']
      if (id === undefined || request.headers.authorization !== undefined || role === undefined || role === 'public')
        return
      const session = sessions.find(id)
      if (session === undefined) return
      assertOwnPage(request)
      request.session = session
      request.headers.authorization = `Bearer ${session.token}`
      endWith(session, reply.raw, sessions.remainingMs(session))
    })

    // Both concern the caller alone, so they are no part of the API, and the audit trail of changes has neither: logging in must work
    // while it cannot be written.
    app.post(
      '/session',
      { schema: { hide: true, 'x-role': 'viewer', 'x-topic-grants': 'filtered' } },
      async (request, reply) => {
        assertOwnPage(request)
        const token = tokenOf(request)
        reply.code(204)
        // Callers who need no token need no session either, and who calls with one has one.
        if (request.principal?.how === 'anonymous' || token === undefined || request.session) return
        const before = request.cookies[cookieName]
        if (before !== undefined) sessions.close(before)
        const { id, expiresAt } = sessions.open(token)
        reply.setCookie(cookieName, id, { ...cookieOptions, expires: expiresAt })
        request.log.info({ name: request.principal?.name, expiresAt }, 'opens a session')
      }
    )

    // Public: whoever has a session may end it, even if its token is no longer accepted.
    app.delete('/session', { schema: { hide: true, 'x-role': 'public' } }, async (request, reply) => {
      assertOwnPage(request)
      const id = request.cookies[cookieName]
      if (id !== undefined) sessions.close(id)
      reply.clearCookie(cookieName, cookieOptions).code(204)
    })
  },
  { name: 'session', dependencies: ['errors', 'origin'] }
)

/** No answer outlasts its session, whether that ends by log-out or by time. */
function endWith({ answers }: Session, answer: ServerResponse, remainingMs: number): void {
  const end = () => answer.destroy()
  const timer = setTimeout(end, remainingMs)
  timer.unref()
  answers.add(end)
  answer.once('close', () => {
    clearTimeout(timer)
    answers.delete(end)
  })
}

const readings = new Set(['GET', 'HEAD'])

/**
 * Browsers mark every request with the relation of its page to the address (Sec-Fetch-Site), and changes with the page's
 * origin, which the origin plugin has compared; no page can set either.
 * @throws KopsError origin_refused
 */
function assertOwnPage({ method, headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  if (site !== 'same-origin') {
    throw new KopsError(
      'origin_refused',
      `a session is for this service's own pages; Sec-Fetch-Site is ${site ?? 'missing'}`
    )
  }
  if (!readings.has(method) && headers.origin === undefined) {
    throw new KopsError('origin_refused', "a session is for this service's own pages; Origin is missing")
  }
}
