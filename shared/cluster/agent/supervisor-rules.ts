import { restartDelay } from '../restart-delay.ts'

/** How the agent says, by its exit code, whether it wants to be started again. */
export const exitCodes = {
  /** It was asked to end. */
  done: 0,
  /** There is nothing to run: no definition, or arguments that mean nothing. sysexits(3) EX_CONFIG */
  misconfigured: 78,
  /** Another agent serves this cluster. sysexits(3) EX_TEMPFAIL */
  alreadyServed: 75
}

/** Soon, and at most every 5 s: a fault may be waiting in the journal for an agent that heals it. */
const pace = { healthyMs: 10_000, firstMs: 50, capMs: 5000 }

/**
 * What the supervisor does when its agent has ended. It never gives up on one that died.
 * @param quickEnds how many agents before this one ended without having been healthy
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
