import type { Random } from '#shared/seeded-random.ts'

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
 * varies so that a later change back does not hide a change. Takes size^2 steps and room for three rows, because sums of
 * distances within and between ranges follow from those of the range before.
 */
function splitOf(values: Float64Array): { at: number; distance: number } {
  const size = values.length
  const inverse = new Float64Array(size + 1)
  for (let nth = 1; nth <= size; nth += 1) inverse[nth] = 1 / nth
  // within[end]: of the distances among the first `end` values, each counted twice.
  const within = new Float64Array(size + 1)
  for (let last = 1; last < size; last += 1) {
    const value = at(values, last)
    let sum = 0
    for (let nth = 0; nth < last; nth += 1) sum += Math.abs(value - at(values, nth))
    within[last + 1] = at(within, last) + 2 * sum
  }
  // toLeft[nth]: of the distances of a value to those left of the split.
  const toLeft = new Float64Array(size)
  const best = { at: 0, distance: 0 }
  for (let split = 1; split <= size - smallestSegment; split += 1) {
    const value = at(values, split - 1)
    for (let nth = split; nth < size; nth += 1) toLeft[nth] = at(toLeft, nth) + Math.abs(value - at(values, nth))
    if (split < smallestSegment) continue
    const left = at(within, split)
    let between = 0
    for (let end = split + 1; end <= size; end += 1) {
      between += at(toLeft, end - 1)
      const after = end - split
      if (after < smallestSegment) continue
      const right = at(within, end) - left - 2 * between
      // Of split * after distances between the sides, split * (split - 1) / 2 and after * (after - 1) / 2 within them,
      // times split * after / end.
      const scaled = 2 * between - left * after * at(inverse, split - 1) - right * split * at(inverse, after - 1)
      const distance = scaled * at(inverse, end)
      if (distance > best.distance) {
        best.at = split
        best.distance = distance
      }
    }
  }
  return best
}

/** For indices within the array. */
function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN
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
