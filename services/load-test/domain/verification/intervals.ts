/**
 * A set of whole numbers, kept as the intervals that it consists of (`from` inclusive, `to` exclusive, ascending, none touching
 * the next): its memory grows with its gaps, not with its numbers. Plain data, so that threads can pass it on.
 */
export interface Intervals {
  from: number[]
  to: number[]
}

export function noIntervals(): Intervals {
  return { from: [], to: [] }
}

/** Adds a number. @returns false if it was there */
export function addNumber(intervals: Intervals, value: number): boolean {
  const { to } = intervals
  // Nearly every number follows the last one.
  if (to[to.length - 1] === value) {
    to[to.length - 1] = value + 1
    return true
  }
  if (hasNumber(intervals, value)) return false
  addInterval(intervals, value, value + 1)
  return true
}

export function addInterval(intervals: Intervals, from: number, to: number): void {
  if (to <= from) return
  const last = intervals.to.at(-1) ?? Number.NEGATIVE_INFINITY
  if (from > last) {
    intervals.from.push(from)
    intervals.to.push(to)
    return
  }
  const first = firstReaching(intervals, from)
  let end = first
  let [low, high] = [from, to]
  for (let at = intervals.from[end]; at !== undefined && at <= to; at = intervals.from[end]) {
    low = Math.min(low, at)
    high = Math.max(high, intervals.to[end] ?? to)
    end += 1
  }
  intervals.from.splice(first, end - first, low)
  intervals.to.splice(first, end - first, high)
}

export function hasNumber(intervals: Intervals, value: number): boolean {
  const from = intervals.from[firstReaching(intervals, value + 1)]
  return from !== undefined && from <= value
}

/** How many numbers it has. */
export function sizeOf({ from, to }: Intervals): number {
  return to.reduce((sum, end, index) => sum + end - (from[index] ?? end), 0)
}

/** The parts of an interval that are in the set. */
export function* partsWithin(intervals: Intervals, from: number, to: number): Generator<[from: number, to: number]> {
  for (let index = firstReaching(intervals, from + 1); ; index += 1) {
    const [start, end] = [intervals.from[index], intervals.to[index]]
    if (start === undefined || end === undefined || start >= to) return
    yield [Math.max(start, from), Math.min(end, to)]
  }
}

/** The parts of an interval that are not in the set. */
export function* gapsWithin(intervals: Intervals, from: number, to: number): Generator<[from: number, to: number]> {
  let at = from
  for (const [start, end] of partsWithin(intervals, from, to)) {
    if (start > at) yield [at, start]
    at = end
  }
  if (at < to) yield [at, to]
}

/** Index of the first interval that ends at or after a number. */
function firstReaching({ to }: Intervals, value: number): number {
  let [low, high] = [0, to.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((to[middle] ?? 0) >= value) high = middle
    else low = middle + 1
  }
  return low
}
