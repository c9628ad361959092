import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { takeLock } from '../../files/lock-file.ts'
import { keptFiles } from './kept-files.ts'

/** The name of the keeper among the processes on record. */
export const keeperName = 'keeper'

/**
 * Starts the keeper of a state folder, which lives on when this process ends, unless it runs or has nothing to keep. Two who
 * ask at the same time start one.
 * @throws KopsError runtime_failed when no process can be started
 */
export async function ensureKeeper(stateDir: string): Promise<void> {
  const folder = resolve(stateDir)
  const { ledger, names, log } = keptFiles(folder)
  while ((await names()).length > 0 && !(await ledger.isAlive(keeperName))) {
    const claim = await takeLock(join(folder, 'processes', 'keeper.lock'))
    if (!claim) {
      await delay(50)
      continue
    }
    try {
      await ledger.start({
        name: keeperName,
        command: process.execPath,
        args: [fileURLToPath(new URL('main.ts', import.meta.url)), '--state-dir', folder],
        cwd: '/',
        logFile: log
      })
    } finally {
      await claim.release()
    }
    return
  }
}
