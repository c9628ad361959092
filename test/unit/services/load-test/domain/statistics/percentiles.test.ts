import fc from 'fast-check'
import t from 'tap'
import { percentileOfSeconds } from '#services/load-test/domain/statistics/percentiles.ts'
import { bucketsOf } from './simulated.ts'

const hundred = Array.from({ length: 100 }, (_, nth) => nth + 1)
// 41,000 * 99.9 / 100 is a little more than 40,959 in floating point.
const many = Array.from({ length: 41_000 }, (_, nth) => nth + 1)

const cases = [
  { what: 'half of 1 to 100', seconds: [hundred], percentile: 50, expected: 50 },
  { what: '99 % of 1 to 100', seconds: [hundred], percentile: 99, expected: 99 },
  { what: '99.9 % of 1 to 100 is the largest', seconds: [hundred], percentile: 99.9, expected: 100 },
  { what: '99.9 % of 1 to 41,000 is not lifted by rounding', seconds: [many], percentile: 99.9, expected: 40_959 },
  { what: 'everything', seconds: [hundred], percentile: 100, expected: 100 },
  { what: 'seconds are merged', seconds: [[1, 1, 1], [9], [5, 5, 5, 5]], percentile: 50, expected: 5 },
  { what: 'a second without samples adds none', seconds: [[], [4], []], percentile: 50, expected: 4 },
  { what: 'no samples have none', seconds: [[], []], percentile: 50, expected: null },
  { what: 'no seconds have none', seconds: [], percentile: 50, expected: null }
]
for (const { what, seconds, percentile, expected } of cases) {
  t.test(what, async (t) => {
    t.equal(percentileOfSeconds(seconds.map(bucketsOf), percentile)(Array.from(seconds.keys())), expected)
  })
}

t.test('any selection of seconds, repeated ones included, has the percentile of its samples', async (t) => {
  const second = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 8 })
  const drawn = fc.array(fc.nat({ max: 5 }), { maxLength: 12 })
  const percentile = fc.constantFrom(1, 25, 50, 90, 99, 99.9, 100)
  fc.assert(
    fc.property(
      fc.array(second, { minLength: 6, maxLength: 6 }),
      fc.array(drawn, { minLength: 1, maxLength: 5 }),
      percentile,
      (seconds, selections, percentile) => {
        const percentileOf = percentileOfSeconds(seconds.map(bucketsOf), percentile)
        return selections.every((selection) => {
          const samples = selection.flatMap((index) => seconds[index] ?? []).sort((a, b) => a - b)
          // The percentiles are multiples of a tenth, so that this is exact.
          const rank = Math.ceil((samples.length * Math.round(percentile * 10)) / 1000)
          return percentileOf(selection) === (samples[rank - 1] ?? null)
        })
      }
    ),
    { seed: 9, numRuns: 500 }
  )
  t.pass()
})
