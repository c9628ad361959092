import type { DrillRates } from '#shared/contracts/drill-records.ts'
import type { TimedOutcome } from './records/outcomes.ts'

const finestMs = 250
const most = 1200

/**
 * Records by the time of their outcome, from the first to the last one: every 250 ms, or as coarse as a drill needs whose figures
 * would be more than 1200. Those without an answer count as failed, as they did not succeed.
 */
export function ratesOf(
  outcomes: readonly Pick<TimedOutcome, 'endedAtMs' | 'status'>[],
  injectedAtMs: number | null
): DrillRates | undefined {
  if (injectedAtMs === null || outcomes.length === 0) return undefined
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { endedAtMs } of outcomes) {
    first = Math.min(first, endedAtMs)
    last = Math.max(last, endedAtMs)
  }
  let everyMs = finestMs
  while ((last - first) / everyMs >= most) everyMs *= 2
  const figures = Math.floor((last - first) / everyMs) + 1
  const acknowledged = new Array<number>(figures).fill(0)
  const failed = new Array<number>(figures).fill(0)
  for (const { endedAtMs, status } of outcomes) {
    const list = status === 'acknowledged' ? acknowledged : failed
    const index = Math.floor((endedAtMs - first) / everyMs)
    list[index] = (list[index] ?? 0) + 1
  }
  return { everyMs, fromMs: Math.round(first - injectedAtMs), acknowledged, failed }
}
