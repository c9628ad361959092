import { abortable } from '#shared/abortable.ts'
import type { Clock } from '#shared/clock.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { messageOf, type WaitingContext } from '#shared/jobs/runner.ts'
import { retry } from '#shared/poll.ts'
import { uncounted } from './drill-record.ts'

export interface QueueOptions<Ready> {
  queueMs: number
  clock: Clock
  /** Looks at the guards. @throws KopsError the refusal of one, and what keeps them from being read */
  tryNow: () => Promise<Ready>
  /** Hears why it waits, when that changes. */
  onWaiting: (reason: string) => void
}

const pauseMs = 1000

/**
 * Waits until nothing refuses a drill any longer that passes by itself, looking every second. It has its place while its guards are
 * looked at, so that nothing else begins in between.
 * @returns what the drill is carried out with; its end if it is aborted, refused for good, or its time is over. Never rejects
 */
export async function waitForTurn<Ready extends { agent: { close(): Promise<void> } }>(
  { signal, takePlace }: Pick<WaitingContext<Drill>, 'signal' | 'takePlace'>,
  { queueMs, clock, tryNow, onWaiting }: QueueOptions<Ready>
): Promise<Ready | Pick<Drill, 'status' | 'verdict' | 'failure' | 'guards'>> {
  let code: string | undefined

  async function attempt(): Promise<Ready> {
    const giveBack = takePlace()
    try {
      const ready = await tryNow()
      // Nobody waits for it any longer.
      if (signal.aborted) await ready.agent.close().catch(() => undefined)
      signal.throwIfAborted()
      return ready
    } catch (error) {
      giveBack()
      throw error
    }
  }

  function mayPass(error: unknown): boolean {
    if (!isKopsError(error) || !error.retriable) return false
    if (error.code !== code && !signal.aborted) onWaiting(error.message)
    code = error.code
    return true
  }

  try {
    return await abortable(retry(attempt, mayPass, { timeoutMs: queueMs, pauseMs, clock, signal }), signal)
  } catch (error) {
    const failure = messageOf(error)
    const guards = isKopsError(error) && error.guards ? { guards: [...error.guards] } : {}
    return { status: signal.aborted ? 'aborted' : 'failed', failure, verdict: uncounted(failure), ...guards }
  }
}
