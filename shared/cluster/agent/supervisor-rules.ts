import { restartDelay } from '../restart-delay.ts'

/** The agent's exit codes, which decide whether it is restarted. */
export const exitCodes = {
  /** It was asked to stop. */
  done: 0,
  /** There is nothing to run: no definition, or arguments that mean nothing. sysexits(3) EX_CONFIG */
  misconfigured: 78,
  /** Another agent serves this cluster. sysexits(3) EX_TEMPFAIL */
  alreadyServed: 75
}

/** Short delays, at most 5 s: a fault in the journal may be waiting for an agent to heal it. */
const pace = { healthyMs: 10_000, firstMs: 50, capMs: 5000 }

/**
 * What the supervisor does when its agent has ended. It never gives up on a dead one.
 * @param quickEnds number of previous agents that ended before becoming healthy
 */
export function afterExit(
  code: number | null,
  ranMs: number,
  quickEnds: number
): { action: 'exit'; code: number } | { action: 'restart'; delayMs: number; quickEnds: number } {
  if (code === exitCodes.done || code === exitCodes.alreadyServed) return { action: 'exit', code: 0 }
  if (code === exitCodes.misconfigured) return { action: 'exit', code }
  return { action: 'restart', ...restartDelay(ranMs, quickEnds, pace) }
}
