import type { Client } from '#shared/client/client.ts'
import { curlOf, type ShellAccess } from '#shared/client/curl.ts'
import type { CallOptions } from '#shared/client/endpoint.ts'
import type { Endpoint } from '#shared/contracts/endpoint.ts'
import { CallPrinted } from './call-printed.ts'
import type { Output } from './output.ts'

/** A client that prints each call as a command line of curl, and makes none. */
export function printingClient(output: Output, access: ShellAccess): Client {
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
