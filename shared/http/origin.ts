import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import fp from 'fastify-plugin'
import { KopsError } from '../errors/catalog.ts'

export interface OriginOptions {
  /** Host names, without ports, that clients may use besides this machine's own. */
  allowedHosts: string[]
  /** The service's public address, where it is configured: the origin of its pages behind a proxy. */
  publicUrl?: string | undefined
  /** A proxy ends TLS: the service's pages have https origins, although its requests arrive in plain text. */
  behindTlsProxy?: boolean | undefined
}

const ownHosts = ['localhost', '127.0.0.1', '[::1]']

/**
 * Refuses requests whose Host is not this machine's (DNS rebinding), and requests from web pages of any other origin,
 * those on another port of this machine included. The service's own pages may not be framed.
 */
export const originPlugin = fp<OriginOptions>(
  async (app, { allowedHosts, publicUrl, behindTlsProxy }) => {
    const hosts = new Set([...ownHosts, ...allowedHosts.map((host) => host.toLowerCase())])
    const publicOrigin = publicUrl ? URL.parse(publicUrl)?.origin : undefined

    app.addHook('onRequest', async (request, reply) => {
      reply.headers({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' })
      const { headers, method } = request
      const host = hostName(headers.host)
      if (host === undefined || !hosts.has(host)) {
        throw new KopsError('host_refused', `Host ${headers.host ?? '(none)'} is not a known name of this service`)
      }
      const scheme = behindTlsProxy ? 'https' : request.protocol
      const own = [`${scheme}://${headers.host?.toLowerCase()}`, ...(publicOrigin ? [publicOrigin] : [])]
      const page = foreignPage(method, headers, own)
      if (page !== undefined) throw new KopsError('origin_refused', `${page} may not call this service`)
    })
  },
  { name: 'origin', dependencies: ['errors'] }
)

const safeMethods = new Set(['GET', 'HEAD'])

/**
 * The page of another origin that sent a request; undefined if none did. Browsers send Origin with every request but
 * simple readings, and Sec-Fetch-Site with all of them; other clients send neither. A followed link may come from
 * anywhere: it shows this service's page, and nothing to the page that has the link.
 * @param own the origins of the service's own pages, as browsers spell them
 */
export function foreignPage(method: string, headers: IncomingHttpHeaders, own: string[]): string | undefined {
  const { origin } = headers
  if (origin !== undefined && !own.includes(origin)) return `A page of ${origin}`
  const site = headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin' || site === 'none') return undefined
  const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  if (safeMethods.has(method) && isLink && origin === undefined) return undefined
  return `A page of another origin (${site})`
}

/** The host of a Host header, lower case, without its port; undefined when there is none to be found. */
export function hostName(header: string | undefined): string | undefined {
  if (!header) return undefined
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]/@\s]+)(?::\d{1,5})?$/i.exec(header)
  const host = match?.[1]?.toLowerCase()
  if (host?.startsWith('[') && isIP(host.slice(1, -1)) !== 6) return undefined
  return host
}
