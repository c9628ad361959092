import fc from 'fast-check'
import t from 'tap'
import type { Comparison, Refusal } from '#services/load-test/domain/statistics/comparison.ts'
import { comparePaired } from '#services/load-test/domain/statistics/paired.ts'
import { simulation } from './simulated.ts'

/** Pairs whose logarithms of ratios are these. */
const pairsOf = (differences: readonly number[]) =>
  differences.map((difference, nth) => ({ baseline: nth + 1, candidate: (nth + 1) * Math.exp(difference) }))

function compared(result: Comparison | Refusal): Comparison {
  if (result.status === 'refused') throw new Error(`refused: ${result.reason}`)
  return result
}
const { random } = simulation(1)
const compare = (differences: readonly number[]) => compared(comparePaired(pairsOf(differences), random))
const digits = (value: number, count = 9) => Number(value.toFixed(count))

t.test("1,726 of 32,768 sign flips of Darwin's plants are as far from 0 (Fisher, section 21)", async (t) => {
  const eighthsOfAnInch = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
  t.equal(compare(eighthsOfAnInch.map((value) => value / 100)).p, 1726 / 32768)
})

t.test('depression scores of Hollander and Wolfe, example 3.1: the estimate is -0.46', async (t) => {
  // R: wilcox.test(y, x, paired = TRUE, conf.int = TRUE) has this estimate; P(T+ <= 8) of nine pairs is 25 / 512.
  const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3]
  const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
  const result = compare(before.map((value, nth) => (after[nth] ?? 0) - value))
  t.equal(digits(Math.log(result.ratio)), -0.46)
  t.equal(digits(Math.log(result.interval.low)), -0.726)
  t.equal(digits(Math.log(result.interval.high)), -0.175)
  t.equal(digits(result.interval.level), digits(1 - 50 / 512))
  t.equal(result.p, 14 / 512)
})

const smallest = [
  { pairs: 5, p: 0.0625 },
  { pairs: 6, p: 0.03125 },
  { pairs: 8, p: 0.0078125 },
  { pairs: 20, p: 2 ** -19 }
]
for (const { pairs, p } of smallest) {
  t.test(`${pairs} pairs that all agree have p = ${p}, the smallest of so many`, async (t) => {
    const result = compare(Array.from({ length: pairs }, (_, nth) => 0.05 + nth / 1000))
    t.equal(result.p, p)
    t.equal(result.smallestP, p)
  })
}

t.test('pairs without any difference have p = 1 and a ratio of 1', async (t) => {
  const result = compare(Array.from({ length: 8 }, () => 0))
  t.equal(result.p, 1)
  t.equal(result.ratio, 1)
  t.same([result.interval.low, result.interval.high], [1, 1])
})

t.test('five pairs have the interval of their extremes, at 93.75 %', async (t) => {
  const pairs = [
    { baseline: 100, candidate: 110 },
    { baseline: 50, candidate: 60 },
    { baseline: 10, candidate: 13 },
    { baseline: 20, candidate: 20 },
    { baseline: 1000, candidate: 1050 }
  ]
  const result = compared(comparePaired(pairs, random))
  t.equal(digits(result.interval.low), 1)
  t.equal(digits(result.interval.high), 1.3)
  t.equal(result.interval.level, 0.9375)
  // By hand: the eighth of the 15 Walsh averages is that of 1.05 and 1.2.
  t.equal(digits(result.ratio), digits(Math.sqrt(1.05 * 1.2)))
})

const refusals = [
  { what: 'four pairs', pairs: pairsOf([1, 2, 3, 4]), reason: 'tooFewRuns' },
  { what: 'a value of 0', pairs: [...pairsOf([1, 2, 3, 4]), { baseline: 1, candidate: 0 }], reason: 'notPositive' },
  {
    what: 'a negative value',
    pairs: [...pairsOf([1, 2, 3, 4]), { baseline: -1, candidate: 1 }],
    reason: 'notPositive'
  },
  { what: 'NaN', pairs: [...pairsOf([1, 2, 3, 4]), { baseline: Number.NaN, candidate: 1 }], reason: 'notPositive' }
]
for (const { what, pairs, reason } of refusals) {
  t.test(`${what} is refused`, async (t) => t.same(comparePaired(pairs, random), { status: 'refused', reason }))
}

/** Few different sizes, so that sums and ranks are often tied. */
const differences = fc.array(fc.integer({ min: -12, max: 12 }), { minLength: 5, maxLength: 9 })

t.test('p is the share of all sign flips whose sum is as far from 0', async (t) => {
  fc.assert(
    fc.property(differences, (values) => {
      const distances = flips(values).map((flipped) => Math.abs(sumOf(flipped)))
      const expected = distances.filter((each) => each >= Math.abs(sumOf(values))).length / distances.length
      return compare(values.map((value) => value / 100)).p === expected
    }),
    { seed: 1, numRuns: 300 }
  )
  t.pass()
})

t.test('the interval holds the ratios that the signed-rank test does not reject at 10 %', async (t) => {
  const distinct = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 5, maxLength: 8 })
  fc.assert(
    fc.property(distinct, fc.integer({ min: -1100, max: 1100 }), (values, wholes) => {
      // Never a Walsh average, which are multiples of a half: so no ranks are tied.
      const shift = wholes + 0.237
      const moved = values.map((value) => value - shift)
      const rankOf = (value: number) => moved.filter((other) => Math.abs(other) <= Math.abs(value)).length
      const statisticOf = (signed: readonly number[]) => sumOf(signed.map((value) => (value > 0 ? rankOf(value) : 0)))
      const observed = statisticOf(moved)
      const all = flips(moved).map(statisticOf)
      const atMost = all.filter((statistic) => statistic <= observed).length / all.length
      const atLeast = all.filter((statistic) => statistic >= observed).length / all.length
      const rejected = 2 * Math.min(atMost, atLeast) <= 0.1
      const { interval } = compare(values.map((value) => value / 1000))
      const ratio = Math.exp(shift / 1000)
      return rejected === (ratio < interval.low || ratio > interval.high)
    }),
    { seed: 2, numRuns: 500 }
  )
  t.pass()
})

t.test('exchanging the sides inverts ratio and interval and keeps p', async (t) => {
  fc.assert(
    fc.property(differences, (values) => {
      const one = compare(values.map((value) => value / 100))
      const other = compare(values.map((value) => -value / 100))
      return (
        one.p === other.p &&
        digits(one.ratio * other.ratio) === 1 &&
        digits(one.interval.low * other.interval.high) === 1 &&
        digits(one.interval.high * other.interval.low) === 1
      )
    }),
    { seed: 3, numRuns: 300 }
  )
  t.pass()
})

t.test(
  'more than 20 pairs have their flips drawn: p is near the exact one, repeats with the seed, and is never 0',
  async (t) => {
    // The sum of 24 differences of one size is as far from 0 as this if at most six are of either sign.
    const values = Array.from({ length: 24 }, (_, nth) => (nth < 6 ? -0.01 : 0.01))
    let exact = 0
    for (let negative = 0; negative <= 6; negative += 1) exact += (2 * choose(24, negative)) / 2 ** 24
    const p = (seed: number) => compared(comparePaired(pairsOf(values), simulation(seed).random)).p
    // Four standard errors of 20,000 draws.
    t.ok(Math.abs(p(1) - exact) < 4 * Math.sqrt((exact * (1 - exact)) / 20_000), `${p(1)} of ${exact}`)
    t.equal(p(1), p(1))
    t.not(p(1), p(2))
    const result = compare(Array.from({ length: 40 }, () => 0.5))
    t.equal(result.p, 1 / 20_001)
    t.equal(result.smallestP, result.p)
  }
)

function flips(values: readonly number[]): number[][] {
  return values.reduce<number[][]>(
    (all, value) =>
      all.flatMap((each) => [
        [...each, value],
        [...each, -value]
      ]),
    [[]]
  )
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function choose(n: number, k: number): number {
  return k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k
}
