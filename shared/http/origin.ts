import { isIP } from 'node:net'
import fp from 'fastify-plugin'
import { KopsError } from '../errors/catalog.ts'

export interface OriginOptions {
  /** Host names, without ports, that clients may use besides this machine's own. */
  allowedHosts: string[]
}

const ownHosts = ['localhost', '127.0.0.1', '[::1]']

/**
 * Refuses requests whose Host is not this machine's (DNS rebinding) and requests from web pages of other origins. A
 * page from this host may call its neighbours' ports.
 */
export const originPlugin = fp<OriginOptions>(
  async (app, { allowedHosts }) => {
    const hosts = new Set([...ownHosts, ...allowedHosts.map((host) => host.toLowerCase())])

    app.addHook('onRequest', async (request) => {
      const host = hostName(request.headers.host)
      if (host === undefined || !hosts.has(host)) {
        throw new KopsError(
          'host_refused',
          `Host ${request.headers.host ?? '(none)'} is not a known name of this service`
        )
      }
      const origin = request.headers.origin
      if (origin !== undefined && !hosts.has(originHost(origin))) {
        throw new KopsError('origin_refused', `A page of ${origin} may not call this service`)
      }
      if (origin === undefined && request.headers['sec-fetch-site'] === 'cross-site') {
        throw new KopsError('origin_refused', 'A page of another site may not call this service')
      }
    })
  },
  { name: 'origin', dependencies: ['errors'] }
)

/** The host of a Host header, lower case, without its port; undefined when there is none to be found. */
export function hostName(header: string | undefined): string | undefined {
  if (!header) return undefined
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]/@\s]+)(?::\d{1,5})?$/i.exec(header)
  const host = match?.[1]?.toLowerCase()
  if (host?.startsWith('[') && isIP(host.slice(1, -1)) !== 6) return undefined
  return host
}

function originHost(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : ''
}
