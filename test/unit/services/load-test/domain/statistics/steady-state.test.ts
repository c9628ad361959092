import fc from 'fast-check'
import t from 'tap'
import {
  commonSteadyState,
  type PerSecond,
  type SteadyState,
  steadyStateOf
} from '#services/load-test/domain/statistics/steady-state.ts'
import { simulation } from './simulated.ts'

const series = (seconds: number, at: (second: number) => number | null): PerSecond =>
  Array.from({ length: seconds }, (_, second) => at(second))
const steady = (warmUpSeconds: number): SteadyState => ({ status: 'steady', warmUpSeconds })
const noSteadyState: SteadyState = { status: 'noSteadyState' }
const tooShort: SteadyState = { status: 'tooShort', secondsNeeded: 60 }

const cases: { what: string; of: PerSecond; expected: SteadyState }[] = [
  { what: 'a constant has no warm-up', of: series(100, () => 0.1), expected: steady(0) },
  { what: 'a step ends the warm-up', of: series(100, (s) => (s < 20 ? 50 : 100)), expected: steady(20) },
  {
    what: 'a step inside a batch takes the batch with it',
    of: series(100, (s) => (s < 22 ? 50 : 100)),
    expected: steady(25)
  },
  { what: 'a step at half is a warm-up', of: series(100, (s) => (s < 50 ? 50 : 100)), expected: steady(50) },
  { what: 'a step beyond half is not', of: series(100, (s) => (s < 51 ? 50 : 100)), expected: noSteadyState },
  { what: 'a linear drift is never steady', of: series(100, (s) => 100 + s), expected: noSteadyState },
  { what: 'nor is a falling one', of: series(100, (s) => 300 - s), expected: noSteadyState },
  { what: '60 seconds are enough', of: series(60, () => 7), expected: steady(0) },
  { what: 'also to see a drift', of: series(60, (s) => 100 + s), expected: noSteadyState },
  { what: '59 seconds are not', of: series(59, () => 7), expected: tooShort },
  { what: 'nothing is too short', of: [], expected: tooShort },
  {
    what: 'seconds without values leave the step where it is',
    of: series(100, (s) => (s % 3 === 0 ? null : s < 20 ? 50 : 100)),
    expected: steady(20)
  },
  {
    what: 'a batch without values is skipped, not counted as 0',
    of: series(100, (s) => (s >= 40 && s < 50 ? null : s < 20 ? 50 : 100)),
    expected: steady(20)
  },
  { what: 'empty batches make a run too short', of: series(64, (s) => (s < 10 ? null : 7)), expected: tooShort },
  {
    what: 'seconds before the first value are warm-up',
    of: series(100, (s) => (s < 10 ? null : 7)),
    expected: steady(10)
  },
  {
    what: 'an incomplete last batch is left out',
    of: series(104, (s) => (s < 20 ? 50 : s < 100 ? 100 : 900)),
    expected: steady(20)
  },
  {
    what: 'one odd batch at the end does not shorten the run to what precedes it',
    of: series(100, (s) => (s < 95 ? 100 : 130)),
    expected: steady(0)
  }
]

for (const { what, of, expected } of cases) {
  t.test(what, async (t) => t.same(steadyStateOf(of), expected))
}

t.test(
  'of 100 decays to a plateau 95 are cut when less than a tenth is left, and within a third of the run',
  async (t) => {
    const { logNormal } = simulation(1)
    const cuts = Array.from({ length: 100 }, () => {
      const state = steadyStateOf(series(300, (s) => (100 + 100 * Math.exp(-s / 10)) * logNormal(0.03)))
      return state.status === 'steady' ? state.warmUpSeconds : Number.NaN
    })
    const right = cuts.filter((cut) => cut > 23 && cut <= 100).length
    t.ok(right >= 95, `${right} of 100`)
  }
)

t.test('a drift of twenty standard deviations of the batches is not steady', async (t) => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { normal } = simulation(seed)
    const drift = (20 * 3) / Math.sqrt(5)
    const state = steadyStateOf(series(200, (s) => 100 + (drift * s) / 200 + 3 * normal()))
    t.same(state, noSteadyState, `seed ${seed}`)
  }
})

t.test('the cut is the one that minimises the squared standard error of the mean of what remains', async (t) => {
  const values = fc.array(fc.option(fc.integer({ min: 0, max: 50 }), { nil: null }), { minLength: 60, maxLength: 140 })
  fc.assert(
    fc.property(values, (of) => {
      const batches: { startsAt: number; mean: number }[] = []
      for (let startsAt = 0; startsAt + 5 <= of.length; startsAt += 5) {
        const known = of.slice(startsAt, startsAt + 5).filter((value) => value !== null)
        if (known.length > 0) batches.push({ startsAt, mean: meanOf(known) })
      }
      if (batches.length < 12) return steadyStateOf(of).status === 'tooShort'
      const candidates = batches.length - Math.max(5, Math.ceil(batches.length / 3)) + 1
      const errors = batches.slice(0, candidates).map((_, cut) => {
        const kept = batches.slice(cut).map(({ mean }) => mean)
        return kept.reduce((sum, value) => sum + (value - meanOf(kept)) ** 2, 0) / kept.length ** 2
      })
      const state = steadyStateOf(of)
      const best = Math.min(...errors)
      const near = batches.filter((_, cut) => (errors[cut] ?? Number.NaN) <= best * (1 + 1e-9) + 1e-12)
      return near.some(({ startsAt }) =>
        startsAt > of.length / 2
          ? state.status === 'noSteadyState'
          : state.status === 'steady' && state.warmUpSeconds === startsAt
      )
    }),
    { seed: 5, numRuns: 500 }
  )
  t.pass()
})

t.test('several series are steady after the longest warm-up, and only if each is', async (t) => {
  const step = (at: number) => series(100, (s) => (s < at ? 50 : 100))
  t.same(commonSteadyState([step(10), step(30)]), steady(30))
  t.same(commonSteadyState([step(10), step(60)]), noSteadyState)
  t.same(commonSteadyState([step(60), step(10), series(30, () => 1)]), tooShort)
})

t.test('of 400 runs of 120 s without warm-up chance makes at most 6 % unsteady', async (t) => {
  const { logNormal } = simulation(7)
  const states = Array.from({ length: 400 }, () => steadyStateOf(series(120, () => 1000 * logNormal(0.03))))
  const unsteady = states.filter(({ status }) => status === 'noSteadyState').length
  t.ok(unsteady <= 24, `${unsteady} of 400`)
})

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
