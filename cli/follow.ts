import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '#shared/client/client.ts'
import type { CallOptions } from '#shared/client/endpoint.ts'
import type { Answer, StreamEndpoint } from '#shared/contracts/endpoint.ts'
import { isKopsError } from '#shared/errors/catalog.ts'

const retryMs = 2000
/** A stream shows a sign of life every 15 s. */
const silenceMs = 45_000

/**
 * Every event of a stream, which is begun again whenever it breaks, until the signal or the caller ends it.
 * @param lost hears why it broke
 */
export async function* follow<E extends StreamEndpoint>(
  client: Client,
  endpoint: E,
  options: CallOptions<E> & { signal: AbortSignal },
  lost: (error: unknown) => void
): AsyncGenerator<Answer<E>> {
  const { signal } = options
  while (!signal.aborted) {
    try {
      yield* client.watch(endpoint, { ...options, timeoutMs: silenceMs })
    } catch (error) {
      if (signal.aborted) return
      if (!isKopsError(error) || !error.retriable) throw error
      lost(error)
    }
    await sleep(retryMs, undefined, { signal })
  }
}
