import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessLedger } from '../process-ledger.ts'
import { type RestartPace, restartDelay } from '../restart-delay.ts'

const pace: RestartPace = { healthyMs: 60_000, firstMs: 1000, capMs: 30_000 }

/**
 * Restarts the supervisor of the agent if it has died: with this, any two of agent, supervisor and keeper may die at once,
 * and the third one brings them back. Leaves alone one that was never started, or was stopped. Ends on request.
 * @param start starts the supervisor
 */
export async function watchSupervisor(
  ledger: Pick<ProcessLedger, 'hasDied'>,
  start: () => Promise<void>,
  { signal, log }: { signal: AbortSignal; log: (line: string) => void }
): Promise<void> {
  let next = { delayMs: pace.firstMs, quickEnds: 0 }
  let startedAt = performance.now()
  for (;;) {
    await delay(next.delayMs, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    if (!(await ledger.hasDied('supervisor'))) {
      next = { ...next, delayMs: pace.firstMs }
      continue
    }
    log('the supervisor of the agent is gone; restarting it')
    await start().catch((error: unknown) => log(`the supervisor cannot be started: ${error}`))
    next = restartDelay(performance.now() - startedAt, next.quickEnds, pace)
    startedAt = performance.now()
  }
}
