import { type Comparison, logarithms, type Refusal, ratioOf, runsNeeded } from './comparison.ts'

/** Up to this many runs on both sides together the distribution of the ranks is counted; that takes up to 50 ms. */
const runsCounted = 60

/**
 * Compares two sets of runs that were not made in pairs, by the logarithms of their values: p of the two-sided
 * Mann-Whitney test, with the Hodges-Lehmann estimate and interval of the shift. Tied values share the mean of their
 * ranks. Up to 60 runs in all, p is exact given the ties: it counts the ways to deal the ranks to the two sides
 * whose sum is as far from its mean as that observed. Beyond, it is the normal approximation, corrected for ties and
 * continuity.
 *
 * Five runs on each side reach p = 0.008 at best.
 *
 * Sources: Mann and Whitney (1947), "On a test of whether one of two random variables is stochastically larger than
 * the other"; Streitberg and Röhmel (1986), "Exact distributions for permutation and rank tests"; Lehmann (1975),
 * "Nonparametrics", 1.2-1.4.
 */
export function compareUnpaired(baseline: readonly number[], candidate: readonly number[]): Comparison | Refusal {
  if (Math.min(baseline.length, candidate.length) < runsNeeded) return { status: 'refused', reason: 'tooFewRuns' }
  const before = logarithms(baseline)
  const after = logarithms(candidate)
  if (!before || !after) return { status: 'refused', reason: 'notPositive' }
  const [m, n] = [before.length, after.length]
  const counted = m + n <= runsCounted
  const ranks = doubledRanks([...before, ...after])
  const cumulative = counted ? countedCumulative(m, n) : approximateCumulative(m, n)
  const shifts = new Float64Array(m * n)
  for (const [row, a] of before.entries()) for (const [column, b] of after.entries()) shifts[row * n + column] = b - a
  return {
    status: 'compared',
    p: !counted ? approximateP(ranks, m) : isTied(ranks) ? countedP(ranks, m) : untiedP(ranks, m, cumulative),
    smallestP: Math.min(1, 2 * chanceOfOneDeal(m, n)),
    ...ratioOf(shifts, cumulative)
  }
}

/** Twice the ranks, so that the mean rank of tied values is an integer and sums compare exactly. */
function doubledRanks(values: readonly number[]): number[] {
  const ascending = values.toSorted((a, b) => a - b)
  const first = new Map<number, number>()
  const last = new Map<number, number>()
  for (const [index, value] of ascending.entries()) {
    if (!first.has(value)) first.set(value, index)
    last.set(value, index)
  }
  return values.map((value) => (first.get(value) ?? 0) + (last.get(value) ?? 0) + 2)
}

/** How many ways there are to choose `chosen` of the ranks, by the sum of those chosen. */
function waysBySum(ranks: readonly number[], chosen: number): Float64Array {
  const sums = ranks.toSorted((a, b) => b - a).slice(0, chosen)
  const width = sums.reduce((sum, rank) => sum + rank, 0) + 1
  const ways = Array.from({ length: chosen + 1 }, () => new Float64Array(width))
  const [none = new Float64Array(width)] = ways
  none[0] = 1
  let largest = 0
  for (const rank of ranks) {
    largest = Math.min(width - 1, largest + rank)
    for (let count = chosen; count > 0; count -= 1) {
      const from = ways[count - 1]
      const to = ways[count]
      if (!from || !to) continue
      for (let sum = rank; sum <= largest; sum += 1) to[sum] = (to[sum] ?? 0) + (from[sum - rank] ?? 0)
    }
  }
  return ways[chosen] ?? none
}

function countedP(ranks: readonly number[], m: number): number {
  const ways = waysBySum(ranks, m)
  const mean = m * (ranks.length + 1)
  const observed = Math.abs(sumOfFirst(ranks, m) - mean)
  let all = 0
  let asFar = 0
  for (const [sum, count] of ways.entries()) {
    all += count
    if (Math.abs(sum - mean) >= observed) asFar += count
  }
  return asFar / all
}

function isTied(ranks: readonly number[]): boolean {
  return new Set(ranks).size < ranks.length
}

/** The same as countedP where no ranks are shared: then U has the same chances in each comparison. */
function untiedP(ranks: readonly number[], m: number, cumulative: Float64Array): number {
  const u = (sumOfFirst(ranks, m) - m * (m + 1)) / 2
  const n = ranks.length - m
  return Math.min(1, 2 * (cumulative[Math.min(u, m * n - u)] ?? Number.NaN))
}

function approximateP(ranks: readonly number[], m: number): number {
  const runs = ranks.length
  const n = runs - m
  const tied = new Map<number, number>()
  for (const rank of ranks) tied.set(rank, (tied.get(rank) ?? 0) + 1)
  const correction = Array.from(tied.values()).reduce((sum, size) => sum + size ** 3 - size, 0) / (runs * (runs - 1))
  const deviation = Math.sqrt(((m * n) / 12) * (runs + 1 - correction))
  const distance = Math.abs(sumOfFirst(ranks, m) - m * (runs + 1)) / 2
  return deviation === 0 ? 1 : Math.min(1, 2 * normalUpperTail((distance - 0.5) / deviation))
}

/** The chances that U is at most 0, 1, 2, … under no difference and without ties. */
function countedCumulative(m: number, n: number): Float64Array {
  const ranks = Array.from({ length: m + n }, (_, index) => index + 1)
  const ways = waysBySum(ranks, m).subarray((m * (m + 1)) / 2)
  const chanceOfOne = chanceOfOneDeal(m, n)
  let total = 0
  return ways.map((count) => {
    total += count * chanceOfOne
    return total
  })
}

function approximateCumulative(m: number, n: number): Float64Array {
  const deviation = Math.sqrt((m * n * (m + n + 1)) / 12)
  return Float64Array.from({ length: m * n + 1 }, (_, u) => normalUpperTail(((m * n) / 2 - u - 0.5) / deviation))
}

/** One of all the ways to deal the runs to sides of m and n. */
function chanceOfOneDeal(m: number, n: number): number {
  let chance = 1
  for (let nth = 1; nth <= m; nth += 1) chance *= nth / (n + nth)
  return chance
}

function sumOfFirst(ranks: readonly number[], m: number): number {
  return ranks.slice(0, m).reduce((sum, rank) => sum + rank, 0)
}

/** The chance that a standard normal value exceeds z (Abramowitz and Stegun 1964, 26.2.11 and 26.2.14). */
function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z)
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  if (z > 4) {
    let fraction = z
    for (let nth = 40; nth > 0; nth -= 1) fraction = z + nth / fraction
    return density / fraction
  }
  let term = z
  let sum = 0
  for (let nth = 1; term > 1e-17; nth += 1) {
    sum += term
    term *= (z * z) / (2 * nth + 1)
  }
  return 0.5 - density * sum
}
