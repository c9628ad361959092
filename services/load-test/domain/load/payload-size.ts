import type { PayloadSize } from '#shared/contracts/load-records.ts'

/** The contract's limit for a value: a log-normal distribution has none of its own. */
const largestBytes = 1_000_000
/** How many standard deviations the 99th percentile of a normal distribution lies above its median. */
const deviationsAtP99 = 2.3263

/** @returns the size in bytes that a share of the records, above 0 and below 1, does not exceed */
export function sizeAtQuantile(size: PayloadSize, quantile: number): number {
  switch (size.kind) {
    case 'fixed':
      return size.bytes
    case 'uniform':
      return size.from + Math.floor(quantile * (size.to - size.from + 1))
    case 'log-normal': {
      const deviation = Math.log(size.p99 / size.median) / deviationsAtP99
      const bytes = Math.round(size.median * Math.exp(deviation * normalQuantile(quantile)))
      return Math.min(largestBytes, Math.max(1, bytes))
    }
  }
}

/** @returns so many sizes, at equally spaced quantiles: they have the distribution's mean and quantiles, not by chance */
export function spreadSizes(size: PayloadSize, count: number): number[] {
  return Array.from({ length: count }, (_, index) => sizeAtQuantile(size, (index + 0.5) / count))
}

/** Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23: wrong by less than 0.00045. */
function normalQuantile(quantile: number): number {
  const tail = Math.min(quantile, 1 - quantile)
  const t = Math.sqrt(-2 * Math.log(tail))
  const z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  return quantile < 0.5 ? -z : z
}
