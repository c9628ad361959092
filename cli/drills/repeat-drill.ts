import type { Client } from '#shared/client/client.ts'
import type { RepeatedDrill } from '#shared/contracts/drill-scorecard.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { poll, retry } from '#shared/poll.ts'
import { abortJob, abortTimeoutMs } from './follow-job.ts'
import { startDrill } from './start-drill.ts'

export interface RepeatOptions {
  client: Pick<Client, 'call'>
  id: string
  times: number
  /** Aborted: the drill under way is cancelled, and no other one starts. */
  signal: AbortSignal
  /** Called with each repetition that has ended. */
  onEnded: (drill: Drill, nth: number) => void
  pauseMs?: number
}

/** The cluster may need so long until it is healthy again. */
const recoveryMs = 180_000
/** Longer than any drill. */
const drillMs = 3_600_000

/**
 * Repeats a drill with the request of its record, one after the other.
 * @returns how often it came to the same end, earlier repetitions included; undefined if there is no verdict to compare
 * @throws KopsError those of starting a drill; job_not_found; validation_failed for a drill without a request
 */
export async function repeatDrill(options: RepeatOptions): Promise<RepeatedDrill | undefined> {
  const { client, id, times, signal, onEnded, pauseMs = 500 } = options
  const { request } = await client.call(endpoints.drill, { params: { id } })
  if (!request) throw new KopsError('validation_failed', `${id} is of a version that kept no requests`)
  const body = { ...request, repeatOf: id }

  async function runOnce(): Promise<Drill> {
    const started = await retry(
      () => startDrill(client, body),
      // Nothing has started then; after any other error, a drill may have.
      (error) => isKopsError(error, 'cluster_unhealthy'),
      { timeoutMs: recoveryMs, pauseMs, signal }
    )
    const params = { id: started.id }
    const read = () => client.call(endpoints.drill, { params })
    try {
      return (await poll(read, ({ finishedAt }) => finishedAt !== null, { timeoutMs: drillMs, pauseMs, signal })).answer
    } catch (error) {
      const abort = () => client.call(endpoints.cancelDrill, { params, timeoutMs: abortTimeoutMs })
      if (signal.aborted) await abortJob({ abort, read }, started.id)
      throw error
    }
  }

  for (let nth = 1; nth <= times; nth += 1) onEnded(await runOnce(), nth)
  const { repeated } = await client.call(endpoints.scorecard, { timeoutMs: 15_000 })
  return repeated.find((each) => each.id === id)
}
