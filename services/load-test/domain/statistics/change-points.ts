import type { Random } from '../seeded-random.ts'

export interface ChangePoint {
  /** The first run after the change, counted from 0. */
  position: number
  /** The chance that runs in random order, apart from the changes already found, show a change this clear. */
  p: number
  /** (mean after - mean before) / mean before, up to the neighbouring changes; null if the mean before is 0. */
  magnitude: number | null
}

/** For a history to have changes. */
export const runsNeeded = 12
/** Fewer runs than this are no level: an outlier and its neighbour must not pass for one. */
const smallestSegment = 3
const permutations = 999
/** Lower than for comparisons, because a history is examined again after each run. */
const significance = 0.01

/**
 * Where a history of runs changes its level, by E-divisive: the split whose two sides lie furthest apart (energy
 * distance) is tested, and each side split again, until no split is significant.
 *
 * Significance comes from permutations within the segments, as in Matteson and James, not from a t-test as in Hunter
 * (Apache Otava). The t-test takes the split as given although it is the best of all, so its p is too small, which
 * Hunter offsets by a threshold of 0.001; in histories of 12 to some hundred runs that costs changes a few runs old.
 * What Hunter avoids is bounded here: the generator is seeded, and a change among 100 runs takes half a second of
 * processor time. It grows with the square of the length, so pass the newest 200 runs at most.
 *
 * Runs are taken as exchangeable between changes: a slow drift appears as one or more steps.
 *
 * Sources: Matteson and James (2014), "A nonparametric approach for multiple change point analysis of multivariate
 * data"; Fleming et al. (2023), "Hunter: using change point detection to hunt for performance regressions".
 *
 * @param series one metric, a value for each run, oldest first
 * @returns in order of position; null below 12 runs
 */
export function changePoints(series: readonly number[], random: Random): ChangePoint[] | null {
  if (series.length < runsNeeded) return null
  const found = new Map<number, number>()
  let segments: Float64Array[] = [Float64Array.from(series)]
  for (;;) {
    const best = furthestSplit(segments)
    const p = best ? permutationP(segments, best.distance, random) : null
    if (!best || p === null) break
    const { segment, at } = best
    const startsAt = segments.slice(0, segment).reduce((sum, each) => sum + each.length, 0)
    found.set(startsAt + at, p)
    segments = segments.flatMap((each, nth) => (nth === segment ? [each.slice(0, at), each.slice(at)] : [each]))
  }
  let position = 0
  return segments.slice(1).map((after, nth) => {
    const before = segments[nth] ?? after
    position += before.length
    const mean = meanOf(before)
    const magnitude = mean === 0 ? null : (meanOf(after) - mean) / mean
    return { position, p: found.get(position) ?? 1, magnitude }
  })
}

/** @returns null if not significant: it stops once that is certain */
function permutationP(segments: readonly Float64Array[], distance: number, random: Random): number | null {
  const shuffled = segments.map((segment) => segment.slice())
  // Equal distances may differ by rounding.
  const least = distance * (1 - 1e-9)
  let asFar = 1
  for (let nth = 0; nth < permutations; nth += 1) {
    for (const segment of shuffled) shuffle(segment, random)
    if ((furthestSplit(shuffled)?.distance ?? 0) >= least) asFar += 1
    if (asFar > significance * (permutations + 1)) return null
  }
  return asFar / (permutations + 1)
}

interface Split {
  segment: number
  at: number
  distance: number
}

function furthestSplit(segments: readonly Float64Array[]): Split | undefined {
  let best: Split | undefined
  for (const [segment, values] of segments.entries()) {
    const split = splitOf(values)
    if (split.distance > (best?.distance ?? 0)) best = { segment, ...split }
  }
  return best
}

/**
 * The largest scaled energy distance between values[0, at) and values[at, end), of all `at` and `end`: the end
 * varies so that a later change back does not hide a change. Sums of distances between ranges come from sums over
 * rectangles.
 */
function splitOf(values: Float64Array): { at: number; distance: number } {
  const size = values.length
  const width = size + 1
  // sums[row * width + column]: of the distances between the first `row` and the first `column` values.
  const sums = new Float64Array(width * width)
  for (let row = 0; row < size; row += 1) {
    const value = values[row] ?? 0
    let rowSum = 0
    for (let column = 0; column < size; column += 1) {
      rowSum += Math.abs(value - (values[column] ?? 0))
      sums[(row + 1) * width + column + 1] = (sums[row * width + column + 1] ?? 0) + rowSum
    }
  }
  const best = { at: 0, distance: 0 }
  for (let at = smallestSegment; at <= size - smallestSegment; at += 1) {
    const left = sums[at * width + at] ?? 0
    for (let end = at + smallestSegment; end <= size; end += 1) {
      const upTo = sums[at * width + end] ?? 0
      const right = (sums[end * width + end] ?? 0) - 2 * upTo + left
      const after = end - at
      // left and right count each distance twice, and the sample has at * (at - 1) and after * (after - 1) of them.
      const energy = (2 * (upTo - left)) / (at * after) - left / (at * (at - 1)) - right / (after * (after - 1))
      const distance = ((at * after) / end) * energy
      if (distance > best.distance) Object.assign(best, { at, distance })
    }
  }
  return best
}

function shuffle(values: Float64Array, random: Random): void {
  for (let last = values.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const value = values[last] ?? 0
    values[last] = values[other] ?? 0
    values[other] = value
  }
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
