import type { Random } from '#shared/seeded-random.ts'
import { type Comparison, logarithms, type Refusal, ratioOf, runsNeeded } from './comparison.ts'

/** The same metric of two runs made one after the other, so that what drifts between pairs cancels out. */
export interface Pair {
  baseline: number
  candidate: number
}

/** More pairs have their flips drawn. */
const pairsEnumerated = 20
const flipsDrawn = 20_000

/**
 * Compares pairs of runs by the logarithms of their ratios. p is that of the sign-flip test on their mean: without a
 * difference each is as likely to be its opposite, whatever its distribution. Up to 20 pairs all flips are enumerated,
 * so p is exact; beyond that 20,000 are drawn. Interval and estimate are those of the signed-rank test.
 *
 * Five pairs reach p = 0.0625 at best, six 0.031, eight 0.008.
 *
 * Sources: Fisher (1935), "The Design of Experiments", section 21; Hodges and Lehmann (1963), "Estimates of location
 * based on rank tests"; Phipson and Smyth (2010), "Permutation p-values should never be zero".
 *
 * @param random draws the flips of more than 20 pairs
 */
export function comparePaired(pairs: readonly Pair[], random: Random): Comparison | Refusal {
  if (pairs.length < runsNeeded) return { status: 'refused', reason: 'tooFewRuns' }
  const baseline = logarithms(pairs.map((pair) => pair.baseline))
  const candidate = logarithms(pairs.map((pair) => pair.candidate))
  if (!baseline || !candidate) return { status: 'refused', reason: 'notPositive' }
  const differences = Float64Array.from(candidate, (value, nth) => value - (baseline[nth] ?? Number.NaN))
  const exact = pairs.length <= pairsEnumerated
  return {
    status: 'compared',
    p: exact ? enumeratedP(differences) : drawnP(differences, random),
    smallestP: exact ? 2 ** (1 - pairs.length) : 1 / (flipsDrawn + 1),
    ...ratioOf(walshAverages(differences), signedRankCumulative(pairs.length))
  }
}

/**
 * The share of sign flips whose sum is as far from 0 as the one observed. Each sum is one of each half of the values: with
 * both halves' in order, one pass counts the sums that are large enough (Horowitz and Sahni 1974).
 */
function enumeratedP(differences: Float64Array): number {
  const observed = observedSum(differences)
  if (observed <= 0) return 1
  const half = differences.length >> 1
  const ascending = flippedSums(differences.subarray(0, half))
  const others = flippedSums(differences.subarray(half))
  let atLeast = 0
  // How many of the others are needed grows as little as the sums of this half do.
  let largeEnough = others.length
  for (const sum of ascending.reverse()) {
    while (largeEnough > 0 && sum + (others[others.length - largeEnough] ?? 0) < observed) largeEnough -= 1
    atLeast += largeEnough
  }
  // Each sum has its opposite among them.
  return (2 * atLeast) / 2 ** differences.length
}

/** The sums of the values with each choice of signs, in ascending order. */
function flippedSums(values: Float64Array): Float64Array {
  const sums = new Float64Array(2 ** values.length)
  let count = 1
  for (const value of values) {
    for (let nth = 0; nth < count; nth += 1) {
      const sum = sums[nth] ?? 0
      sums[nth] = sum + value
      sums[count + nth] = sum - value
    }
    count *= 2
  }
  return sums.sort()
}

function drawnP(differences: Float64Array, random: Random): number {
  const observed = observedSum(differences)
  // What was observed is one of the flips: p is never 0.
  let asFar = 1
  for (let draw = 0; draw < flipsDrawn; draw += 1) {
    let sum = 0
    for (const value of differences) sum += random() < 0.5 ? value : -value
    if (Math.abs(sum) >= observed) asFar += 1
  }
  return asFar / (flipsDrawn + 1)
}

/** Equal sums may differ by rounding, so those that fall short by a billionth count as equal: p is never too small. */
function observedSum(differences: Float64Array): number {
  let sum = 0
  let size = 0
  for (const value of differences) {
    sum += value
    size += Math.abs(value)
  }
  return Math.abs(sum) - 1e-9 * size
}

/** The means of all pairs of values, each with itself included. */
function walshAverages(values: Float64Array): Float64Array {
  const averages = new Float64Array((values.length * (values.length + 1)) / 2)
  let next = 0
  for (const [first, a] of values.entries()) {
    for (const b of values.subarray(first)) {
      averages[next] = (a + b) / 2
      next += 1
    }
  }
  return averages
}

/** The chances that the signed-rank statistic of so many pairs is at most 0, 1, 2, … under no difference. */
function signedRankCumulative(pairs: number): Float64Array {
  const chances = new Float64Array((pairs * (pairs + 1)) / 2 + 1)
  chances[0] = 1
  for (let rank = 1; rank <= pairs; rank += 1) {
    for (let sum = (rank * (rank + 1)) / 2; sum >= 0; sum -= 1) {
      chances[sum] = ((chances[sum] ?? 0) + (chances[sum - rank] ?? 0)) / 2
    }
  }
  let total = 0
  return chances.map((chance) => {
    total += chance
    return total
  })
}
