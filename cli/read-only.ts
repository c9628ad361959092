import type { Client } from '#shared/client/client.ts'
import type { Endpoint } from '#shared/contracts/endpoint.ts'

/** A change in a context that is read-only. Nothing was sent. */
export class ReadOnly extends Error {
  override readonly name = 'ReadOnly'
  constructor(context: string) {
    super(`the context ${context} is read-only: nothing was sent`)
  }
}

/** A client that sends no change, whatever command calls it; plans and dry runs change nothing. */
export function readOnlyClient(client: Client, context: string): Client {
  const check = (endpoint: Endpoint, { query, body }: { query?: object; body?: object | null }) => {
    const isDry = [query, body].some((part) => part && 'dryRun' in part && part.dryRun === true)
    if (endpoint.audit !== undefined && !endpoint.changesNothing && !isDry) throw new ReadOnly(context)
  }
  return {
    async call(endpoint, options) {
      check(endpoint, options)
      return client.call(endpoint, options)
    },
    watch: (endpoint, options) => client.watch(endpoint, options)
  }
}
