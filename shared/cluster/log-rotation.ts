import { copyFile, rm, stat, truncate } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** A log that has grown beyond this is set aside, so that a process takes at most twice as much. */
export const maxLogBytes = 32 * 1024 * 1024

const lookMs = 10_000

/**
 * Keeps a log small that a process has open for appending: copies it to `<path>.1` and empties it, as logrotate's
 * copytruncate does. Lines that are written between the two are lost. Where there is no room for a copy, room counts
 * for more than an old log: both are emptied. Does nothing to a smaller log, or a missing one.
 * @returns whether it was emptied
 */
export async function rotateLog(path: string, maxBytes = maxLogBytes): Promise<boolean> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0
  if (size <= maxBytes) return false
  await copyFile(path, `${path}.1`).catch(() => rm(`${path}.1`, { force: true }))
  await truncate(path)
  return true
}

/**
 * Looks after logs until the signal aborts.
 * @param paths of the logs at that time
 * @param onProblem gets a log that cannot be emptied
 */
export async function rotateLogs(
  paths: () => Promise<string[]>,
  { signal, onProblem }: { signal: AbortSignal; onProblem: (path: string, error: unknown) => void }
): Promise<void> {
  while (!signal.aborted) {
    for (const path of await paths()) await rotateLog(path).catch((error: unknown) => onProblem(path, error))
    await delay(lookMs, undefined, { signal }).catch(() => {})
  }
}
