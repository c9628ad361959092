import { curlOf } from '#shared/client/curl.ts'
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { kopsCommand } from './kops-command.ts'
import { type Parts, type Route, splitRoute } from './routes.ts'

export interface CopyOptions {
  /** Of this page: `http://localhost:8081`. */
  origin: string
  /** The services ask for a token: it stands as `$KOPS_TOKEN`, and never itself. */
  needsToken: boolean
}

/** A call as command lines for a shell. */
export interface CallAsText {
  curl: string
  /** undefined: no command of kops makes just this call */
  kops: string | undefined
}

export function copyAs(route: Route, parts: Parts, { origin, needsToken }: CopyOptions): CallAsText {
  const { method, path } = splitRoute(route)
  const streams = /\/(?:stream|tail|events)$/.test(path) ? { streams: true as const } : {}
  const endpoint = { method: method as Endpoint['method'], service: 'admin' as const, path, ...streams }
  const access = {
    // This one address has the endpoints of all three services.
    urls: { admin: origin, health: origin, loadTest: origin },
    token: needsToken ? { variable: 'KOPS_TOKEN' } : undefined,
    ca: undefined
  }
  return { curl: curlOf(endpoint, parts, access), kops: kopsCommand(route, parts) }
}
