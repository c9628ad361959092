/**
 * What the comparison is for, on simulated runs of which the truth is known: three metrics with log-normal noise of
 * 3, 4 and 5 % from run to run, and a drift of 5 % that the two runs of a pair share, as the machine and its
 * neighbours change.
 */
import t from 'tap'
import { comparePaired } from '#services/load-test/domain/statistics/paired.ts'
import { compareUnpaired } from '#services/load-test/domain/statistics/unpaired.ts'
import { type Judgement, judge } from '#services/load-test/domain/statistics/verdict.ts'
import { simulation } from './simulated.ts'

const metrics = [
  { name: 'throughput', better: 'higher', typical: 40_000, noise: 0.03 },
  { name: 'p50', better: 'lower', typical: 4, noise: 0.04 },
  { name: 'p99', better: 'lower', typical: 30, noise: 0.05 }
] as const
const drift = 0.05

interface Plan {
  runs: number
  paired: boolean
  /** How many times as long everything takes in the candidate. */
  slowdown: number
  comparisons: number
  /** A share of the noise above, for quieter machines. */
  noise?: number
}

/** The judgements of each comparison. */
function simulate({ runs, paired, slowdown, comparisons, noise = 1 }: Plan, seed: number): Judgement[][] {
  const { random, logNormal } = simulation(seed)
  const drifts = () => Array.from({ length: runs }, () => logNormal(drift))
  return Array.from({ length: comparisons }, () => {
    const around = drifts()
    const aroundCandidate = paired ? around : drifts()
    const compared = metrics.map(({ name, better, typical, noise: spread }) => {
      const factor = better === 'higher' ? 1 / slowdown : slowdown
      const baseline = around.map((level) => typical * level * logNormal(spread * noise))
      const candidate = aroundCandidate.map((level) => typical * factor * level * logNormal(spread * noise))
      const pairs = baseline.map((value, nth) => ({ baseline: value, candidate: candidate[nth] ?? Number.NaN }))
      return {
        name,
        better,
        comparison: paired ? comparePaired(pairs, random) : compareUnpaired(baseline, candidate)
      }
    })
    return judge(compared)
  })
}

const shareOf = (judgements: Judgement[][], matches: (metrics: Judgement[]) => boolean) =>
  judgements.filter(matches).length / judgements.length
const anyIs = (verdict: string) => (metrics: Judgement[]) => metrics.some((metric) => metric.verdict === verdict)
const allAre = (verdict: string) => (metrics: Judgement[]) => metrics.every((metric) => metric.verdict === verdict)
const oneIs = (name: string, verdict: string) => (metrics: Judgement[]) =>
  metrics.some((metric) => metric.name === name && metric.verdict === verdict)

const plans = [
  { runs: 8, paired: true },
  { runs: 10, paired: true },
  { runs: 14, paired: true },
  { runs: 10, paired: false }
]

for (const { runs, paired } of plans) {
  const what = paired ? `${runs} pairs` : `${runs} + ${runs} unpaired runs`

  // 2,000 comparisons, because chance alone would decide about 10 of 200: the true share lies between 3 and 5 %.
  t.test(`at most 5 % of comparisons of equal things by ${what} call any metric faster or slower`, async (t) => {
    const judgements = simulate({ runs, paired, slowdown: 1, comparisons: 2000 }, runs)
    const called = shareOf(judgements, (metrics) => anyIs('faster')(metrics) || anyIs('slower')(metrics))
    t.ok(called <= 0.05, String(called))
    t.ok(called > 0.01, `${called}: the tests are not needlessly strict`)
  })

  t.test(`90 % of 200 comparisons by ${what} find a slow-down of 10 %, and none calls it faster`, async (t) => {
    const judgements = simulate({ runs, paired, slowdown: 1.1, comparisons: 200 }, 100 + runs)
    const found = shareOf(judgements, anyIs('slower'))
    t.ok(found >= 0.9, String(found))
    t.equal(shareOf(judgements, anyIs('faster')), 0)
  })
}

t.test('ten pairs find the 10 % in each of the three metrics, in 90 % of 200 comparisons', async (t) => {
  const judgements = simulate({ runs: 10, paired: true, slowdown: 1.1, comparisons: 200 }, 1)
  for (const { name } of metrics) {
    const found = shareOf(judgements, oneIs(name, 'slower'))
    t.ok(found >= 0.9, `${name}: ${found}`)
  }
})

t.test(
  'a metric that differs by the margin is called equivalent in 5 % at most, all three in no more than 1 %',
  async (t) => {
    // A third of the noise: then 90 % of equal things are called equivalent, as the next test shows.
    const plan = { runs: 12, paired: true, slowdown: 1.03, noise: 1 / 3, comparisons: 2000 }
    const judgements = simulate(plan, 2)
    const standardError = Math.sqrt((0.05 * 0.95) / plan.comparisons)
    for (const { name } of metrics) {
      const called = shareOf(judgements, oneIs(name, 'equivalent'))
      t.ok(called <= 0.05 + 2 * standardError, `${name}: ${called}`)
    }
    const all = shareOf(judgements, allAre('equivalent'))
    t.ok(all <= 0.01, `all: ${all}`)
  }
)

t.test('90 % of comparisons of equal things call all metrics equivalent, with a third of the noise', async (t) => {
  const judgements = simulate({ runs: 12, paired: true, slowdown: 1, noise: 1 / 3, comparisons: 200 }, 3)
  const all = shareOf(judgements, allAre('equivalent'))
  t.ok(all >= 0.9, String(all))
})

t.test(
  'ten pairs find a slow-down of 6 % that ten unpaired runs often miss, because pairs share the drift',
  async (t) => {
    const plan = { runs: 10, slowdown: 1.06, comparisons: 200 }
    const byPairs = shareOf(simulate({ ...plan, paired: true }, 4), anyIs('slower'))
    const unpaired = shareOf(simulate({ ...plan, paired: false }, 5), anyIs('slower'))
    t.ok(byPairs >= 0.9, `pairs: ${byPairs}`)
    t.ok(unpaired <= 0.8, `unpaired: ${unpaired}`)
  }
)
