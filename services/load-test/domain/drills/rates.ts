import type { DrillRates } from '#shared/contracts/drill-records.ts'
import type { TimedOutcome } from './records/outcomes.ts'

const finestMs = 250
const most = 1200

type Counted = Pick<TimedOutcome, 'endedAtMs' | 'status'>

/** Counts records by the time of their outcome, as they come. */
export interface RateCounter {
  add(outcome: Counted): void
  /** @param injectedAtMs when the fault was requested, in monotonic milliseconds */
  rates(injectedAtMs: number): DrillRates
}

/**
 * Every 250 ms, or as coarse as a drill needs whose figures would be more than 1200. Those without an answer count as failed, as they
 * did not succeed.
 * @param firstAtMs of the first figure; an outcome that came earlier is part of it
 */
export function countRates(firstAtMs: number): RateCounter {
  let everyMs = finestMs
  let acknowledged: number[] = []
  let failed: number[] = []

  function coarsen(): void {
    everyMs *= 2
    const pairs = (list: readonly number[]) =>
      Array.from({ length: Math.ceil(list.length / 2) }, (_, at) => (list[2 * at] ?? 0) + (list[2 * at + 1] ?? 0))
    acknowledged = pairs(acknowledged)
    failed = pairs(failed)
  }

  return {
    add({ endedAtMs, status }) {
      while ((endedAtMs - firstAtMs) / everyMs >= most) coarsen()
      const index = Math.max(0, Math.floor((endedAtMs - firstAtMs) / everyMs))
      while (acknowledged.length <= index) {
        acknowledged.push(0)
        failed.push(0)
      }
      const list = status === 'acknowledged' ? acknowledged : failed
      list[index] = (list[index] ?? 0) + 1
    },
    rates: (injectedAtMs) => ({
      everyMs,
      fromMs: Math.round(firstAtMs - injectedAtMs),
      acknowledged: [...acknowledged],
      failed: [...failed]
    })
  }
}

/** The rates of all outcomes, from the first to the last one; undefined without any, or without a fault. */
export function ratesOf(outcomes: readonly Counted[], injectedAtMs: number | null): DrillRates | undefined {
  if (injectedAtMs === null || outcomes.length === 0) return undefined
  const firstAtMs = outcomes.reduce((first, { endedAtMs }) => Math.min(first, endedAtMs), Number.POSITIVE_INFINITY)
  const counter = countRates(firstAtMs)
  for (const outcome of outcomes) counter.add(outcome)
  return counter.rates(injectedAtMs)
}
