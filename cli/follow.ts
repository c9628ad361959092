import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '#shared/client/client.ts'
import type { CallOptions } from '#shared/client/endpoint.ts'
import type { Answer, StreamEndpoint } from '#shared/contracts/endpoint.ts'
import { isKopsError } from '#shared/errors/catalog.ts'

const retryMs = 2000
/** A stream shows a sign of life every 15 s. */
const silenceMs = 45_000
/** A service that is started again is back sooner; a script that waits for a job must not wait for ever. */
const patienceMs = 600_000

/**
 * Every event of a stream, which is begun again whenever it breaks, until the signal or the caller ends it.
 * @param lost hears why it broke
 */
export async function* follow<E extends StreamEndpoint>(
  client: Pick<Client, 'watch'>,
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

/**
 * The events of a job, as those of follow(), until the service has not answered for ten minutes.
 * @param lost hears once why the stream broke, each time that it does
 * @throws KopsError why it broke, when the time is up
 */
export async function* followJobEvents<E extends StreamEndpoint>(
  client: Pick<Client, 'watch'>,
  endpoint: E,
  options: CallOptions<E> & { signal: AbortSignal },
  lost: (error: unknown) => void,
  giveUpMs = patienceMs
): AsyncGenerator<Answer<E>> {
  let lostAt: number | undefined
  const events = follow(client, endpoint, options, (error) => {
    if (lostAt === undefined) lost(error)
    lostAt ??= performance.now()
    if (performance.now() - lostAt > giveUpMs) throw error
  })
  for await (const event of events) {
    lostAt = undefined
    yield event
  }
}
