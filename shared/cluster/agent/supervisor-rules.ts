/** How the agent says, by its exit code, whether it wants to be started again. */
export const exitCodes = {
  /** It was asked to end. */
  done: 0,
  /** There is nothing to run: no definition, or arguments that mean nothing. sysexits(3) EX_CONFIG */
  misconfigured: 78,
  /** Another agent serves this cluster. sysexits(3) EX_TEMPFAIL */
  alreadyServed: 75
}

/** An agent that ran this long counts as healthy: the next restart is immediate again. */
const healthyMs = 10_000

/**
 * What the supervisor does when its agent has ended.
 * @param quickEnds how many agents before this one ended without having been healthy
 */
export function afterExit(
  code: number | null,
  ranMs: number,
  quickEnds: number
): { action: 'exit'; code: number } | { action: 'restart'; delayMs: number; quickEnds: number } {
  if (code === exitCodes.done || code === exitCodes.alreadyServed) return { action: 'exit', code: 0 }
  if (code === exitCodes.misconfigured) return { action: 'exit', code }
  const ends = ranMs >= healthyMs ? 0 : quickEnds + 1
  // It never gives up: a fault may be waiting in the journal for an agent that heals it.
  return { action: 'restart', delayMs: Math.min(5000, 50 * 2 ** Math.min(ends, 10)), quickEnds: ends }
}
