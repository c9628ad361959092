import { setTimeout as delay } from 'node:timers/promises'
import { ensureKeeper } from '../keeper/ensure-keeper.ts'
import { agentLedger } from './agent-files.ts'
import { startSupervisor } from './start-supervisor.ts'

const lookMs = 1000

/**
 * Restarts the agent's supervisor and the keeper of the services if they were killed, so that what they supervise is
 * not unsupervised for long. Ends on request.
 */
export async function watchOver(
  stateDir: string,
  { signal, log }: { signal: AbortSignal; log: { warn(details: object, message: string): void } }
): Promise<void> {
  const ledger = agentLedger(stateDir)
  while (!signal.aborted) {
    try {
      if (!(await ledger.isAlive('supervisor'))) {
        log.warn({}, 'the supervisor is gone; restarting it')
        await startSupervisor(stateDir)
      }
      await ensureKeeper(stateDir)
    } catch (err) {
      log.warn({ err }, 'cannot start a supervising process; retrying')
    }
    await delay(lookMs, undefined, { signal }).catch(() => {})
  }
}
