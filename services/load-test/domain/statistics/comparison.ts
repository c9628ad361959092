/** The share of true "no difference" hypotheses that may be rejected. */
export const significance = 0.05

/** Two one-sided tests at `significance` are one interval at this level (Schuirmann 1987). */
const intervalLevel = 1 - 2 * significance

/** How the candidate's runs differ from the baseline's in one metric. */
export interface Comparison {
  status: 'compared'
  /** Two-sided, of the hypothesis that baseline and candidate do not differ. */
  p: number
  /** The smallest p that this number of runs can reach. */
  smallestP: number
  /** Hodges-Lehmann estimate of candidate / baseline: 1.1 is a tenth more. */
  ratio: number
  /** Of the ratio; its level is that reached, 0.9 or more. */
  interval: { low: number; high: number; level: number }
}

/**
 * Why there is no comparison.
 * - `tooFewRuns`: fewer than `runsNeeded` pairs, or runs on either side
 * - `notPositive`: a run has a value of 0 or less, which has no ratio to another
 */
export type Refusal = { status: 'refused'; reason: 'tooFewRuns' | 'notPositive' }

/** Four pairs have no interval of 90 %; unpaired runs, which show less, need as many on each side. */
export const runsNeeded = 5

/** @returns the natural logarithms, or null if a value has none */
export function logarithms(values: readonly number[]): number[] | null {
  return values.every((value) => value > 0 && Number.isFinite(value)) ? values.map(Math.log) : null
}

/**
 * The Hodges-Lehmann estimate and its interval, by inverting the rank test whose statistic counts shifts: the interval
 * reaches from the k-th smallest to the k-th largest one, for the largest k that keeps the level. Ties make it wider
 * than needed, never narrower.
 *
 * Source: Hollander, Wolfe and Chicken (2014), "Nonparametric Statistical Methods", 3.2-3.3 and 4.2-4.3.
 *
 * @param shifts logarithms of ratios: Walsh averages, or differences between the samples
 * @param cumulative the chance, under no difference, that the test's statistic is at most the index
 */
export function ratioOf(shifts: Float64Array, cumulative: Float64Array): Pick<Comparison, 'ratio' | 'interval'> {
  const ascending = shifts.toSorted()
  const at = (index: number) => ascending[index] ?? Number.NaN
  const last = ascending.length - 1
  const median = (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2
  // Chances are sums of rounded numbers: one that equals the limit counts as within it.
  const limit = (1 - intervalLevel) / 2 + 1e-12
  const beyond = cumulative.findIndex((chance) => chance > limit)
  if (beyond < 1) throw new RangeError('too few runs for an interval')
  const tail = cumulative[beyond - 1] ?? 0
  return {
    ratio: Math.exp(median),
    interval: { low: Math.exp(at(beyond - 1)), high: Math.exp(at(last - beyond + 1)), level: 1 - 2 * tail }
  }
}
