import type { Endpoint } from '../contracts/endpoint.ts'
import { urlOf } from './endpoint.ts'

/** How a shell reaches the services. */
export interface ShellAccess {
  urls: Record<Endpoint['service'], string>
  /** Where the token is; undefined: none is sent. */
  token: { variable: string } | { file: string } | undefined
  /** The file with the services' authorities, and the variable that names it, if one does. */
  ca: { file: string; variable?: string } | undefined
}

/** The parts of a call that a command line shows. */
export interface ShownCall {
  params?: Record<string, string | number> | undefined
  query?: Record<string, unknown> | undefined
  body?: unknown
}

/** A call as a command line for a shell. The token stands in it as the variable, or the file, that has it. */
export function curlOf(
  { method, service, path, streams }: Pick<Endpoint, 'method' | 'service' | 'path' | 'streams'>,
  { params, query, body }: ShownCall,
  { urls, token, ca }: ShellAccess
): string {
  const header = (text: string) => ['-H', quoted(text)]
  return [
    ...['curl', '-sS', '--fail-with-body'],
    ...(streams ? ['-N'] : []),
    ...(method === 'GET' ? [] : ['-X', method]),
    ...(ca ? ['--cacert', ca.variable ? `"$${ca.variable}"` : quoted(ca.file)] : []),
    ...(token ? ['-H', `"Authorization: Bearer ${tokenInShell(token)}"`] : []),
    ...header(`accept: ${streams ? 'text/event-stream' : 'application/json'}`),
    ...(body === undefined ? [] : [...header('content-type: application/json'), '-d', quoted(JSON.stringify(body))]),
    quoted(`${urls[service]}${urlOf(path, params, query)}`)
  ].join(' ')
}

function tokenInShell(token: NonNullable<ShellAccess['token']>): string {
  return 'variable' in token ? `$${token.variable}` : `$(cat ${quoted(token.file)})`
}

/** A word of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
