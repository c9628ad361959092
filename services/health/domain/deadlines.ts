import type { PartState } from './readings.ts'

/** Deadline of a part that has never been read: the size of the cluster is still unknown. */
const firstMs = 8000
/** Minimum deadline, even for a fast part: the machine may be busy. */
const leastMs = 1800
const mostMs = 10_000
const patience = 4

/**
 * The deadline of a part in whole milliseconds, from its last duration. A broker that stops answering during a sweep
 * costs one deadline, so the deadline is close to what the part needs; a part that timed out gets twice the time.
 * @param partial something was missing: the duration includes waiting for it
 */
export function nextDeadline(before: Pick<PartState, 'durationMs' | 'ok'> | undefined, partial: boolean): number {
  if (before === undefined) return firstMs
  const factor = !before.ok ? 2 : partial ? 1 : patience
  return Math.min(mostMs, Math.max(leastMs, Math.ceil(factor * before.durationMs)))
}
