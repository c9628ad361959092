import fc from 'fast-check'
import t from 'tap'
import type { Comparison, Refusal } from '#services/load-test/domain/statistics/comparison.ts'
import { compareUnpaired } from '#services/load-test/domain/statistics/unpaired.ts'

function compared(result: Comparison | Refusal): Comparison {
  if (result.status === 'refused') throw new Error(`refused: ${result.reason}`)
  return result
}
/** Compares values as if they were logarithms. */
const compare = (baseline: readonly number[], candidate: readonly number[]) =>
  compared(compareUnpaired(baseline.map(Math.exp), candidate.map(Math.exp)))
const digits = (value: number, count = 9) => Number(value.toFixed(count))
const repeated = (values: readonly number[], times: number) => Array.from({ length: times }, () => values).flat()

t.test(
  'permeability constants of Hollander and Wolfe, example 4.1: p = 764 / 3,003, the estimate is 0.305',
  async (t) => {
    // R: wilcox.test(x, y, conf.int = TRUE): W = 35, p-value = 0.2544, difference in location 0.305.
    const x = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    const y = [1.15, 0.88, 0.9, 0.74, 1.21]
    const result = compare(y, x)
    t.equal(digits(result.p), digits(764 / 3003))
    t.equal(digits(Math.log(result.ratio)), 0.305)
  }
)

const cases = [
  { what: 'sides that do not overlap', a: [1, 2, 3, 4, 5], b: [6, 7, 8, 9, 10], p: 2 / 252 },
  { what: 'one exchange from that', a: [1, 2, 3, 4, 6], b: [5, 7, 8, 9, 10], p: 4 / 252 },
  { what: 'equal sides', a: [1, 2, 3, 4, 5], b: [1, 2, 3, 4, 5], p: 1 },
  { what: 'nothing but one value', a: [3, 3, 3, 3, 3], b: [3, 3, 3, 3, 3, 3], p: 1 },
  // SciPy: permutation_test of the distance of the rank sum from its mean, over all 252 deals.
  { what: 'ties', a: [1, 2, 2, 3, 4], b: [2, 4, 4, 5, 6], p: 28 / 252 }
]
for (const { what, a, b, p } of cases) {
  t.test(`${what}: p = ${p.toFixed(4)}`, async (t) => t.equal(digits(compare(a, b).p), digits(p)))
}

t.test('beyond 60 runs p is approximate, corrected for ties and continuity', async (t) => {
  // SciPy: mannwhitneyu(u, v, method="asymptotic", use_continuity=True)
  const { p } = compare(repeated([1, 2, 2, 3, 5, 8], 10), repeated([2, 3, 3, 5, 8, 9], 9))
  t.equal(digits(p, 12), 0.000263049839)
  t.equal(compare(repeated([4], 60), repeated([4], 60)).p, 1)
})

t.test('the approximation continues the exact numbers', async (t) => {
  const spread = (count: number, shift: number) =>
    Array.from({ length: count }, (_, nth) => (nth + 0.5) / count + shift)
  const [exact, approximate] = [30, 31].map((count) => compare(spread(30, 0), spread(count, 0.17371)))
  if (!exact || !approximate) throw new Error('nothing compared')
  // SciPy: mannwhitneyu(..., method="exact") of 30 + 30 and 30 + 31 runs.
  t.equal(digits(exact.p), 0.02633196)
  t.ok(Math.abs(approximate.p / 0.033882952 - 1) < 0.025, String(approximate.p))
  t.ok(Math.abs(exact.interval.low / approximate.interval.low - 1) < 0.006)
  t.ok(Math.abs(exact.interval.high / approximate.interval.high - 1) < 0.006)
  t.ok(approximate.interval.level >= 0.9 && approximate.interval.level < 0.908, String(approximate.interval.level))
})

// qwilcox(0.05, m, n) in R; the level is 1 - 2 * pwilcox(k - 1, m, n).
const ranks = [
  { m: 5, n: 5, k: 5, level: 0.904762 },
  { m: 10, n: 5, k: 12, level: 0.900766 },
  { m: 30, n: 30, k: 339, level: 0.900495 },
  { m: 30, n: 31, k: 351, level: 0.901193 },
  { m: 40, n: 45, k: 713, level: 0.901061 }
]
for (const { m, n, k, level } of ranks) {
  t.test(`the interval of ${m} + ${n} runs reaches from the ${k}th smallest to the ${k}th largest ratio`, async (t) => {
    // All differences are distinct: the integers from -n * (m - 1) to n - 1, here in thousandths.
    const a = Array.from({ length: m }, (_, nth) => (nth * n) / 1000)
    const b = Array.from({ length: n }, (_, nth) => nth / 1000)
    const { interval } = compare(a, b)
    t.equal(Math.round(Math.log(interval.low) * 1000), -n * (m - 1) - 1 + k)
    t.equal(Math.round(Math.log(interval.high) * 1000), n - k)
    t.ok(Math.abs(interval.level - level) < (m + n > 60 ? 3e-4 : 1e-6), String(interval.level))
  })
}

const five = [1, 2, 3, 4, 5]
const refusals = [
  { what: 'four runs beside five', a: [1, 2, 3, 4], b: five, reason: 'tooFewRuns' },
  { what: 'five runs beside four', a: five, b: [1, 2, 3, 4], reason: 'tooFewRuns' },
  { what: 'a value of 0', a: five, b: [0, 2, 3, 4, 5], reason: 'notPositive' },
  { what: 'infinity', a: [1, 2, 3, 4, Number.POSITIVE_INFINITY], b: five, reason: 'notPositive' }
]
for (const { what, a, b, reason } of refusals) {
  t.test(`${what} is refused`, async (t) => t.same(compareUnpaired(a, b), { status: 'refused', reason }))
}

t.test('p is the share of all deals of the runs whose U is as far from its mean, tied or not', async (t) => {
  const side = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 5, maxLength: 6 })
  fc.assert(
    fc.property(side, side, (a, b) => {
      // Twice U less its mean: for each pair of one run of either side 1, 0 or -1.
      const distance = (one: readonly number[], other: readonly number[]) =>
        Math.abs(one.flatMap((x) => other.map((y) => Math.sign(x - y))).reduce((sum, sign) => sum + sign, 0))
      const observed = distance(a, b)
      const distances = deals([...a, ...b], a.length).map(([one, other]) => distance(one, other))
      const expected = distances.filter((each) => each >= observed).length / distances.length
      return digits(compare(a, b).p) === digits(expected)
    }),
    { seed: 4, numRuns: 60 }
  )
  t.pass()
})

t.test('the interval holds the ratios that the test does not reject at 10 %', async (t) => {
  const runs = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 10, maxLength: 11 })
  fc.assert(
    fc.property(runs, fc.integer({ min: -1500, max: 1500 }), (values, wholes) => {
      const inThousandths = (value: number) => value / 1000
      const [a, b] = [values.slice(0, 5).map(inThousandths), values.slice(5).map(inThousandths)]
      // Never a difference of two values: so nothing is tied.
      const shift = inThousandths(wholes + 0.5)
      const moved = b.map((value) => value - shift)
      const { interval } = compare(a, b)
      const ratio = Math.exp(shift)
      return compare(a, moved).p <= 0.1 === (ratio < interval.low || ratio > interval.high)
    }),
    { seed: 5, numRuns: 500 }
  )
  t.pass()
})

t.test('the estimate is the median of all ratios, and exchanging the sides inverts it', async (t) => {
  const side = fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), { minLength: 5, maxLength: 12 })
  fc.assert(
    fc.property(side, side, (a, b) => {
      const ratios = a.flatMap((before) => b.map((after) => after / before)).sort((x, y) => x - y)
      const [low = 0, high = 0] = [ratios[(ratios.length - 1) >> 1], ratios[ratios.length >> 1]]
      const one = compared(compareUnpaired(a, b))
      const other = compared(compareUnpaired(b, a))
      return (
        digits(one.ratio / Math.sqrt(low * high)) === 1 &&
        digits(one.ratio * other.ratio) === 1 &&
        digits(one.interval.low * other.interval.high) === 1 &&
        digits(one.p - other.p) === 0
      )
    }),
    { seed: 6, numRuns: 200 }
  )
  t.pass()
})

/** All ways to deal values to a side of `count` and the other. */
function deals(values: readonly number[], count: number): [number[], number[]][] {
  const [first, ...rest] = values
  if (first === undefined) return count === 0 ? [[[], []]] : []
  const here = count > 0 ? deals(rest, count - 1) : []
  return [
    ...here.map(([one, other]): [number[], number[]] => [[first, ...one], other]),
    ...deals(rest, count).map(([one, other]): [number[], number[]] => [one, [first, ...other]])
  ]
}
