import { type BucketCounts, percentileOfSeconds } from './percentiles.ts'
import type { PerSecond } from './steady-state.ts'

/**
 * How many independent samples a percentile needs: 3.7 / (1 - p), which is 370 for p99 and 3,700 for p99.9.
 *
 * Of n independent samples none lies above the true p99 with a chance of 0.99^n. Even the largest sample is then too
 * low, so no sample bounds the percentile from above with that much confidence. The chance is 2.5 %, what an
 * interval of 95 % leaves on one side, at n = ln 0.025 / ln 0.99 = 367; in general at about -ln 0.025 / (1 - p), and
 * -ln 0.025 is 3.69.
 *
 * Source: the distribution-free interval of a quantile, David and Nagaraja (2003), "Order Statistics", 7.1.
 *
 * @param percentile above 0 and below 100
 */
export function samplesNeeded(percentile: number): number {
  return Math.round(370 / (100 - percentile))
}

/**
 * How many independent samples a percentile rests on. Latencies of one second resemble each other, and so do those
 * of neighbouring seconds: a stall that delays a thousand records is one event. So this compares how the share of
 * slow samples (at or above the percentile) varies from second to second, autocorrelation included, with how it
 * would if samples were independent. A percentile may be shown if `samplesNeeded` of it are there.
 *
 * Sources: Kish (1965), "Survey Sampling", 8.2 (design effect); Cochran (1977), "Sampling Techniques", 6.4 (ratio of
 * sums); `effectiveSeconds`.
 *
 * @returns at most the number of samples; 0 if there are none
 */
export function effectiveSamples(histograms: readonly BucketCounts[], percentile: number): number {
  const threshold = percentileOfSeconds(histograms, percentile)(Array.from(histograms.keys()))
  if (threshold === null) return 0
  const seconds = histograms.map((each) => ({
    all: countFrom(each, Number.NEGATIVE_INFINITY),
    slow: countFrom(each, threshold)
  }))
  const all = seconds.reduce((sum, each) => sum + each.all, 0)
  const share = seconds.reduce((sum, each) => sum + each.slow, 0) / all
  const deviations = seconds.map((each) => ((each.slow - share * each.all) * seconds.length) / all)
  const { variance, inflation } = autocorrelation(deviations)
  if (variance === 0) return all
  return Math.min(all, (share * (1 - share) * seconds.length) / (variance * inflation))
}

/**
 * How many independent seconds would estimate the mean of a series as well: n / (1 + 2 × the sum of the
 * autocorrelations). The sum ends where two neighbouring lags together are no longer positive (initial positive
 * sequence), because what follows is noise.
 *
 * Source: Geyer (1992), "Practical Markov chain Monte Carlo", 3.3.
 *
 * @returns at most the number of seconds that have a value
 */
export function effectiveSeconds(series: PerSecond): number {
  const known = series.filter((value) => value !== null)
  return known.length / autocorrelation(series).inflation
}

/**
 * The variance of single seconds, and how many times as large that of their mean is as if they were independent, at
 * least 1.
 */
function autocorrelation(series: PerSecond): { variance: number; inflation: number } {
  const known = series.filter((value) => value !== null)
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  const covariance = (lag: number) => {
    let sum = 0
    for (let second = lag; second < series.length; second += 1) {
      const [earlier, later] = [series[second - lag] ?? null, series[second] ?? null]
      if (earlier !== null && later !== null) sum += (earlier - mean) * (later - mean)
    }
    return sum / known.length
  }
  const variance = covariance(0)
  // Rounding of the mean makes the deviations of a constant differ from 0.
  if (variance <= (1e-12 * mean) ** 2 || known.length === 0) return { variance: 0, inflation: 1 }
  let sum = -variance
  for (let lag = 0; lag < series.length; lag += 2) {
    const pair = covariance(lag) + covariance(lag + 1)
    if (pair <= 0) break
    sum += 2 * pair
  }
  return { variance, inflation: Math.max(1, sum / variance) }
}

function countFrom({ values, counts }: BucketCounts, threshold: number): number {
  let sum = 0
  for (let nth = 0; nth < values.length; nth += 1) if ((values[nth] ?? 0) >= threshold) sum += counts[nth] ?? 0
  return sum
}
