import type { Random } from '#shared/seeded-random.ts'

/** A statistic of the seconds named by their indices, which it must not keep; null if they have none. */
export type StatisticOfSeconds = (seconds: Uint32Array) => number | null

export interface BootstrapInterval {
  low: number
  high: number
  /** The length of the blocks that were drawn, in seconds. */
  blockSeconds: number
}

/** With fewer, some seven blocks differ too little from each other to tell what chance may do. */
const secondsNeeded = 30
const tail = 0.025

/**
 * The 95 % percentile interval of a statistic of one run, by moving blocks: each replicate strings random runs of
 * consecutive seconds together to the length of the run, so that what lasts for seconds (a garbage collection, a
 * leader election) stays in one piece. Blocks are n^(1/3) seconds long, rounded up: the order that estimates a
 * variance best.
 *
 * It says how the run could have come out, not how another run would: for that, compare runs. Where neighbouring
 * seconds resemble each other it covers the true value in about 90 % of runs, as percentile intervals do; less often
 * where few seconds decide a percentile, of which effective-samples.ts warns.
 *
 * Sources: Künsch (1989), "The jackknife and the bootstrap for general stationary observations"; Hall, Horowitz and
 * Jing (1995), "On blocking rules for the bootstrap with dependent data".
 *
 * @param seconds the length of the run, warm-up excluded
 * @returns null below 30 seconds, and if some replicate has no value because too few seconds have samples
 */
export function blockBootstrap(
  seconds: number,
  statistic: StatisticOfSeconds,
  random: Random,
  replicates = 1000
): BootstrapInterval | null {
  if (seconds < secondsNeeded) return null
  const blockSeconds = Math.ceil(Math.cbrt(seconds) - 1e-9)
  const starts = seconds - blockSeconds + 1
  const drawn = new Uint32Array(seconds)
  const results = new Float64Array(replicates)
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    let start = 0
    for (let nth = 0; nth < seconds; nth += 1) {
      const within = nth % blockSeconds
      if (within === 0) start = Math.floor(random() * starts)
      drawn[nth] = start + within
    }
    const result = statistic(drawn)
    if (result === null) return null
    results[replicate] = result
  }
  results.sort()
  const outside = Math.max(1, Math.floor((replicates + 1) * tail))
  const low = results[outside - 1]
  const high = results[replicates - outside]
  return low === undefined || high === undefined ? null : { low, high, blockSeconds }
}
