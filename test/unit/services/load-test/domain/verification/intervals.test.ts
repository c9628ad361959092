import fc from 'fast-check'
import t from 'tap'
import {
  addInterval,
  addNumber,
  gapsWithin,
  hasNumber,
  noIntervals,
  partsWithin,
  sizeOf
} from '#services/load-test/domain/verification/intervals.ts'

const step = fc.oneof(
  fc.record({ kind: fc.constant('number' as const), at: fc.nat(60) }),
  fc.record({ kind: fc.constant('interval' as const), at: fc.nat(60), length: fc.nat(12) })
)

t.test('intervals are the set of what was added, in as few pieces as possible', async () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(60), fc.nat(30), (steps, from, length) => {
      const intervals = noIntervals()
      const set = new Set<number>()
      for (const each of steps) {
        if (each.kind === 'number') {
          if (addNumber(intervals, each.at) === set.has(each.at)) throw new Error(`${each.at} is new and known`)
          set.add(each.at)
        } else {
          addInterval(intervals, each.at, each.at + each.length)
          for (let value = each.at; value < each.at + each.length; value += 1) set.add(value)
        }
      }
      const wanted = Array.from({ length: 80 }, (_, value) => value).filter((value) => set.has(value))
      const pieces = wanted.filter((value) => !set.has(value - 1)).length
      const within = numbers(partsWithin(intervals, from, from + length))
      const missing = numbers(gapsWithin(intervals, from, from + length))
      const holds =
        intervals.from.length === pieces &&
        sizeOf(intervals) === set.size &&
        wanted.every((value) => hasNumber(intervals, value)) &&
        !hasNumber(intervals, 79) &&
        String(within) === String(wanted.filter((value) => value >= from && value < from + length)) &&
        within.length + missing.length === length &&
        missing.every((value) => !set.has(value))
      if (!holds) throw new Error(JSON.stringify({ intervals, wanted, within, missing }))
    }),
    { seed: 3, numRuns: 2000 }
  )
})

function numbers(pieces: Iterable<[number, number]>): number[] {
  return Array.from(pieces).flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index))
}
