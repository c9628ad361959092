import type { PartState } from './readings.ts'

/** A part that has never been read may take this long: nobody knows how large the cluster is. */
const firstMs = 8000
/** A part that is read in no time may still take this long: the machine may be busy. */
const leastMs = 1800
const mostMs = 10_000
const patience = 4

/**
 * How long a part may take, in whole milliseconds, from how long it took before. A broker that falls silent in the midst of a sweep costs one
 * deadline, so that the deadline is near what the part needs; a part that did not come to an end in time gets twice the time.
 * @param partial something was missing from it: it took so long because it waited for that
 */
export function nextDeadline(before: Pick<PartState, 'durationMs' | 'ok'> | undefined, partial: boolean): number {
  if (before === undefined) return firstMs
  const factor = !before.ok ? 2 : partial ? 1 : patience
  return Math.min(mostMs, Math.max(leastMs, Math.ceil(factor * before.durationMs)))
}
