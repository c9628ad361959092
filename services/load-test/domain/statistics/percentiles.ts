/**
 * The latencies of one second, as the recorded buckets of a histogram: ascending values, and how many samples each has.
 * Values and counts are of equal length, which may be 0.
 */
export interface BucketCounts {
  readonly values: ArrayLike<number>
  readonly counts: ArrayLike<number>
}

/** The percentile of the seconds with these indices; a repeated one counts repeatedly. Null if they have no sample. */
export type PercentileOfSeconds = (seconds: ArrayLike<number>) => number | null

/**
 * Prepares a percentile of merged seconds for many selections of them: the smallest recorded value that `percentile`
 * % of the samples do not exceed (nearest rank). A selection costs its length times about 14, whatever the number of
 * samples and buckets: the merged counts below a value are the sum of those of the seconds, so a binary search over
 * the values merges nothing. The counts below each value that a search meets are kept, as selections meet the same
 * ones again.
 */
export function percentileOfSeconds(histograms: readonly BucketCounts[], percentile: number): PercentileOfSeconds {
  const cumulative = histograms.map(({ counts }) => {
    let total = 0
    return Float64Array.from(counts, (count) => {
      total += count
      return total
    })
  })
  const totals = Float64Array.from(cumulative, (counts) => counts.at(-1) ?? 0)
  const values = Float64Array.from(new Set(histograms.flatMap((each) => Array.from(each.values)))).sort()
  const below = new Map<number, Float64Array>()
  const upTo = (index: number): Float64Array => {
    const known = below.get(index)
    if (known) return known
    const value = values[index] ?? Number.NaN
    const counts = Float64Array.from(histograms, (each, second) => {
      const included = countUpTo(each.values, value)
      return included === 0 ? 0 : (cumulative[second]?.[included - 1] ?? 0)
    })
    below.set(index, counts)
    return counts
  }

  return (seconds) => {
    const total = sumAt(totals, seconds)
    if (total === 0) return null
    // A rank that rounding lifted just above an integer is that integer.
    const rank = Math.max(1, Math.ceil((total * percentile * (1 - 1e-12)) / 100))
    let [low, high] = [0, values.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sumAt(upTo(middle), seconds) >= rank) high = middle
      else low = middle + 1
    }
    return values[low] ?? null
  }
}

function sumAt(numbers: Float64Array, indices: ArrayLike<number>): number {
  let sum = 0
  for (let nth = 0; nth < indices.length; nth += 1) sum += numbers[indices[nth] ?? -1] ?? 0
  return sum
}

/** How many of the ascending values are at most `limit`. */
function countUpTo(ascending: ArrayLike<number>, limit: number): number {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? Number.NaN) <= limit) low = middle + 1
    else high = middle
  }
  return low
}
