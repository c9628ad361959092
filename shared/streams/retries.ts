import { isKopsError } from '../errors/catalog.ts'
import { networkReason } from '../errors/network-reason.ts'

/** Pauses between attempts, in milliseconds. */
export interface Backoff {
  firstMs: number
  longestMs: number
}

/**
 * The pause after a failed attempt: it doubles with each failure up to the longest, and a random half of it is left out, so that
 * those who failed together do not come back together ("equal jitter"; M. Brooker, Exponential Backoff And Jitter, 2015).
 * @param failures from 1
 * @param random from 0 to 1
 */
export function backoffMs(failures: number, { firstMs, longestMs }: Backoff, random: () => number): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30))
  return Math.ceil(ceiling * (0.5 + random() / 2))
}

/** Causes may be circular. */
const deepestCause = 10

/**
 * Whether the same attempt may succeed later: an error of the catalog says so itself (`retriable`), as may any other error;
 * failed connections count, too. Anything else is a mistake in the record or in the program, which no retry mends.
 */
export function isTransient(error: unknown): boolean {
  let current = error
  for (let depth = 0; depth < deepestCause && typeof current === 'object' && current !== null; depth += 1) {
    if (isKopsError(current)) return current.retriable
    const { retriable, code, cause }: { retriable?: unknown; code?: unknown; cause?: unknown } = current
    if (typeof retriable === 'boolean') return retriable
    if (networkReason(code) !== undefined) return true
    current = cause
  }
  return false
}
