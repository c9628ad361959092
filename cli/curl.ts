import type { Client } from '#shared/client/client.ts'
import { type CallOptions, urlOf } from '#shared/client/endpoint.ts'
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import type { Access } from './access.ts'
import { CallPrinted } from './call-printed.ts'
import type { Output } from './output.ts'

/** A client that prints each call as a command line of curl, and makes none. */
export function printingClient(output: Output, access: Access): Client {
  const print = <E extends Endpoint>(endpoint: E, options: CallOptions<E>) => {
    output.print(curlOf(endpoint, options, access))
    return new CallPrinted('')
  }
  return {
    call: async (endpoint, options) => {
      throw print(endpoint, options)
    },
    // biome-ignore lint/correctness/useYield: there is no event
    async *watch(endpoint, options) {
      throw print(endpoint, options)
    }
  }
}

/** A call as a command line for a shell. The token stands in it as the variable, or the file, that has it. */
export function curlOf<E extends Endpoint>(
  { method, service, path, streams }: E,
  { params, query, body }: CallOptions<E>,
  { urls, token, ca }: Access
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

function tokenInShell(token: NonNullable<Access['token']>): string {
  return 'variable' in token ? `$${token.variable}` : `$(cat ${quoted(token.file)})`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
