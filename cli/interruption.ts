import { constants } from 'node:os'

/** The signals that end a command with something to undo. */
export interface Interruption {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP; the reason is the exit code, 128 and the number of the signal. */
  signal: AbortSignal
  /** Signals end the process again as they do otherwise. */
  close(): void
}

/**
 * Lets a command undo its work before a signal ends it.
 * @param onSecond called at the second signal; the process then ends at once
 */
export function listenForInterruption(onSecond: () => void): Interruption {
  const first = new AbortController()
  const listener = (name: NodeJS.Signals) => {
    const exitCode = 128 + constants.signals[name]
    if (!first.signal.aborted) return first.abort(exitCode)
    onSecond()
    process.exit(exitCode)
  }
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of names) process.on(name, listener)
  return {
    signal: first.signal,
    close() {
      for (const name of names) process.off(name, listener)
    }
  }
}
