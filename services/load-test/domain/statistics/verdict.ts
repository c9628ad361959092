import { type Comparison, type Refusal, significance } from './comparison.ts'
import { holmAdjusted } from './holm.ts'

/** A metric of runs, with what is good: throughput is better higher, latency lower. */
export interface ComparedMetric {
  name: string
  better: 'higher' | 'lower'
  comparison: Comparison | Refusal
}

/**
 * What runs show about one metric.
 * - `faster`, `slower`: they differ, and the estimate lies beyond the margin; `faster` is the better side of any metric
 * - `equivalent`: the whole interval lies within the margin
 * - `inconclusive`: neither is shown, because …
 *   - `tooFewRuns`: no result of so few runs could show a difference in so many metrics
 *   - `notPositive`: a value has no ratio
 *   - `noDifferenceShown`: chance explains the difference, yet the interval reaches beyond the margin
 *   - `withinReachOfMargin`: they differ, by about the margin or less
 */
export type Verdict =
  | { verdict: 'faster' | 'slower' | 'equivalent' }
  | { verdict: 'inconclusive'; because: 'tooFewRuns' | 'notPositive' | 'noDifferenceShown' | 'withinReachOfMargin' }

/** `adjustedP` is null where there was no comparison. */
export type Judgement = { name: string; adjustedP: number | null } & Verdict

/** Differences up to this one do not matter. */
const defaultMargin = 0.03

/**
 * Judges the metrics of one comparison together. The margin lies between 1 / (1 + margin) and 1 + margin, so that
 * exchanging baseline and candidate mirrors the verdicts.
 *
 * Errors: if nothing differs, some metric is called faster or slower in at most 5 % of comparisons, which Holm's
 * adjustment ensures; `equivalent` takes precedence, which can only lower that share. `equivalent` itself is two
 * one-sided tests at 5 % each: an interval of 90 % within the margin. It is not adjusted. People act on *all* metrics
 * being equivalent, and if one of them differs by the margin or more, its own test alone keeps that error to 5 %
 * (intersection-union). For one metric picked out of many, "equivalent" is a claim at 5 % of its own.
 *
 * Sources: Schuirmann (1987), "A comparison of the two one-sided tests procedure and the power approach"; Berger and
 * Hsu (1996), "Bioequivalence trials, intersection-union tests and equivalence confidence sets"; holm.ts.
 *
 * @param margin a share: 0.03 is 3 %
 */
export function judge(metrics: readonly ComparedMetric[], margin = defaultMargin): Judgement[] {
  const pValues = metrics.flatMap(({ comparison }) => (comparison.status === 'compared' ? [comparison.p] : []))
  const adjusted = holmAdjusted(pValues).values()
  return metrics.map(({ name, better, comparison }) => {
    if (comparison.status === 'refused') {
      return { name, adjustedP: null, verdict: 'inconclusive', because: comparison.reason }
    }
    const adjustedP = adjusted.next().value ?? 1
    return { name, adjustedP, ...verdictOn(better, comparison, adjustedP, pValues.length, margin) }
  })
}

function verdictOn(
  better: 'higher' | 'lower',
  { ratio, interval, smallestP }: Comparison,
  adjustedP: number,
  metrics: number,
  margin: number
): Verdict {
  const most = 1 + margin
  const least = 1 / most
  if (interval.low >= least && interval.high <= most) return { verdict: 'equivalent' }
  // p and interval are of different tests for pairs; a verdict must not contradict the interval beside it.
  const differs = adjustedP <= significance && (interval.low > 1 || interval.high < 1)
  if (differs && ratio > most) return { verdict: better === 'higher' ? 'faster' : 'slower' }
  if (differs && ratio < least) return { verdict: better === 'higher' ? 'slower' : 'faster' }
  if (differs) return { verdict: 'inconclusive', because: 'withinReachOfMargin' }
  const within = smallestP * metrics <= significance
  return { verdict: 'inconclusive', because: within ? 'noDifferenceShown' : 'tooFewRuns' }
}
