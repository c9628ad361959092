export interface RestartPace {
  /** A process that ran this long counts as healthy: the count of quick ends begins again. */
  healthyMs: number
  /** The delay after a healthy life; it doubles with each quick end. */
  firstMs: number
  /** The longest delay. */
  capMs: number
}

/**
 * The delay before a process that ended is restarted.
 * @param quickEnds number of previous processes that ended before becoming healthy
 */
export function restartDelay(
  ranMs: number,
  quickEnds: number,
  { healthyMs, firstMs, capMs }: RestartPace
): { delayMs: number; quickEnds: number } {
  const ends = ranMs >= healthyMs ? 0 : quickEnds + 1
  return { delayMs: Math.min(capMs, firstMs * 2 ** Math.min(ends, 20)), quickEnds: ends }
}
