import type { Trial, TrialReason } from '#shared/contracts/load-search.ts'
import type { LoadTestResult, LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import { busyShare } from './judge-run.ts'

/** A trial as it was meant. */
export interface TrialPlan {
  perSecond: number
  seconds: number
  warmUpSeconds: number
  maxP99Ms: number
}

/** Share of the due records that must be acknowledged in time. */
const leastAchieved = 0.99
/** Milliseconds of response time per second: faster growth shows that 2 % more is due than is answered. */
const mostGrowth = 20
/** Share of the objective that the client alone may use before a failure is its own. */
const mostLag = 0.5
/** What the run itself gives up, because its time is over. */
const givenUp = ['UNSENT', 'CANCELLED']

/**
 * Whether the cluster sustained a rate for as long as a trial lasted. A trial with a generous objective fails, too, when its
 * backlog grows all the time.
 * @param seconds of the whole trial
 */
export function judgeTrial(
  result: Pick<
    LoadTestResult,
    'acknowledged' | 'failed' | 'durationMs' | 'responseTimeMs' | 'scheduleLagMs' | 'limitedBy' | 'errors'
  >,
  seconds: readonly Pick<LoadTestSecond, 'second' | 'responseP50Ms' | 'busy'>[],
  plan: TrialPlan
): Trial {
  const p99Ms = result.responseTimeMs?.p99 ?? null
  const reason = reasonOf(result, seconds, plan)
  return {
    perSecond: plan.perSecond,
    seconds: plan.seconds,
    achievedPerSecond: result.durationMs > 0 ? round(result.acknowledged / (result.durationMs / 1000)) : 0,
    p99Ms,
    passed: reason === null,
    reason: reason !== null && isOfClient(result, seconds, plan) ? 'client' : reason
  }
}

function reasonOf(
  { acknowledged, failed, durationMs, responseTimeMs, errors }: Parameters<typeof judgeTrial>[0],
  seconds: Parameters<typeof judgeTrial>[1],
  { seconds: planned, warmUpSeconds, maxP99Ms }: TrialPlan
): TrialReason | null {
  if (errors.some(({ code }) => !givenUp.includes(code))) return 'errors'
  // The last records have as much time for their answer as all others.
  const inTime = planned / Math.max(planned, (durationMs - maxP99Ms) / 1000)
  if (failed > 0 || acknowledged === 0 || inTime < leastAchieved) return 'behind'
  if ((responseTimeMs?.p99 ?? 0) > maxP99Ms) return 'late'
  const medians = seconds
    .filter(({ second }) => second >= warmUpSeconds && second < Math.floor(planned))
    .map(({ responseP50Ms }) => responseP50Ms)
    .filter((median) => median !== null)
  return slopeOf(medians) > mostGrowth ? 'growing' : null
}

/** On a busy machine records leave somewhat late while it is the cluster that fails: that lag has to matter. */
function isOfClient(
  { limitedBy, scheduleLagMs }: Parameters<typeof judgeTrial>[0],
  seconds: Parameters<typeof judgeTrial>[1],
  { maxP99Ms }: TrialPlan
): boolean {
  if (limitedBy !== 'client') return false
  const busy = seconds.filter((second) => second.busy > busyShare).length
  return busy * 2 > seconds.length || (scheduleLagMs?.p99 ?? 0) > maxP99Ms * mostLag
}

/** Growth from each value to the next as the median of all pairs (Theil and Sen), which one odd second does not move; 0 below three. */
function slopeOf(values: readonly number[]): number {
  if (values.length < 3) return 0
  const slopes = values.flatMap((later, nth) =>
    values.slice(0, nth).map((earlier, before) => (later - earlier) / (nth - before))
  )
  slopes.sort((a, b) => a - b)
  const middle = (slopes.length - 1) / 2
  return ((slopes[Math.floor(middle)] ?? 0) + (slopes[Math.ceil(middle)] ?? 0)) / 2
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
