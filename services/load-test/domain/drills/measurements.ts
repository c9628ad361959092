import type { DrillMeasurements } from '#shared/contracts/drill-verdict.ts'
import { firstMoment, leadersMoved, type Observation } from './observation.ts'

export interface MeasureInput {
  observations: readonly Observation[]
  /** Times of the acknowledgements in monotonic milliseconds, by partition, in order of arrival. */
  acknowledgements: ReadonlyMap<number, readonly number[]>
  /** End of sending in monotonic milliseconds; null if nothing was sent. */
  writtenUntilMs: number | null
  leadersOnNodeBefore: number
  /** When the fault was requested, and when healing was requested; null if it was not. */
  injectedAtMs: number | null
  healedAtMs: number | null
}

/**
 * The measurements of a drill. Times are those of the first observation that shows the change, so they are late by up
 * to one interval.
 */
export function measure(input: MeasureInput): DrillMeasurements {
  const { injectedAtMs, healedAtMs, leadersOnNodeBefore } = input
  return {
    timeToNewLeadersMs: leadersOnNodeBefore === 0 ? null : since(input, injectedAtMs, leadersMoved, healedAtMs),
    timeToFullIsrMs: since(input, healedAtMs, ({ isrWhole, nodeReachable }) => isrWhole && nodeReachable),
    longestAckGapMs: longestGap(input.acknowledgements, input.writtenUntilMs),
    faultDurationMs: injectedAtMs === null || healedAtMs === null ? null : Math.round(healedAtMs - injectedAtMs),
    leadersOnNodeBefore
  }
}

/** The time from an instant until the first observation after it that satisfies the condition. */
function since(
  { observations }: MeasureInput,
  fromMs: number | null,
  condition: (observation: Observation) => boolean,
  untilMs: number | null = null
): number | null {
  if (fromMs === null) return null
  const at = firstMoment(observations, condition, fromMs, untilMs)
  return at === undefined ? null : Math.round(at - fromMs)
}

/**
 * The longest time without an acknowledgement on any one partition. Writes to each partition never pause, so each gap
 * is an outage. A gap at the end counts until the writes end.
 */
export function longestGap(
  acknowledgements: MeasureInput['acknowledgements'],
  writtenUntilMs: MeasureInput['writtenUntilMs']
): number | null {
  let longest: number | null = null
  for (const times of acknowledgements.values()) {
    const last = times.at(-1)
    if (last !== undefined && writtenUntilMs !== null && writtenUntilMs > last) {
      longest = Math.max(longest ?? 0, writtenUntilMs - last)
    }
    for (let i = 1; i < times.length; i += 1) {
      longest = Math.max(longest ?? 0, (times[i] ?? 0) - (times[i - 1] ?? 0))
    }
  }
  return longest === null ? null : Math.round(longest)
}
