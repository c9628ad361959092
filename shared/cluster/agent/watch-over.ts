import { setTimeout as delay } from 'node:timers/promises'
import { ensureKeeper } from '../keeper/ensure-keeper.ts'
import { startSupervisor } from '../launch.ts'
import { agentLedger } from './agent-files.ts'

const lookMs = 1000

/**
 * Starts the agent's own supervisor and the keeper of the services again when they were killed, so that neither leaves what it
 * watches without a watch for long. Ends on request.
 */
export async function watchOver(
  stateDir: string,
  { signal, log }: { signal: AbortSignal; log: { warn(details: object, message: string): void } }
): Promise<void> {
  const ledger = agentLedger(stateDir)
  while (!signal.aborted) {
    try {
      if (!(await ledger.isAlive('supervisor'))) {
        log.warn({}, 'the supervisor is gone; it is started again')
        await startSupervisor(stateDir)
      }
      await ensureKeeper(stateDir)
    } catch (err) {
      log.warn({ err }, 'a process that watches over others cannot be started; it is tried again')
    }
    await delay(lookMs, undefined, { signal }).catch(() => {})
  }
}
