import t from 'tap'
import {
  createRateSearch,
  mostTrials,
  type RateSearchOptions,
  type SearchStep
} from '#services/load-test/domain/load/rate-search.ts'
import type { TrialReason } from '#shared/contracts/load-search.ts'
import { simulation } from '../statistics/simulated.ts'

const free = Number.POSITIVE_INFINITY
const usual: RateSearchOptions = {
  startPerSecond: 1000,
  maxPerSecond: 1_000_000,
  trialSeconds: 5,
  precision: 0.05,
  soakSeconds: 60,
  bounds: { trials: mostTrials, seconds: free, records: free }
}

/** What a cluster makes of a step; `nth` counts from 0. */
type Cluster = (step: SearchStep, nth: number) => TrialReason | null

function search(cluster: Cluster, change: Partial<RateSearchOptions> = {}) {
  const controller = createRateSearch({ ...usual, ...change })
  const steps: SearchStep[] = []
  for (let step = controller.next(); step; step = controller.next()) {
    const reason = cluster(step, steps.length)
    steps.push(step)
    controller.report({ reason, tookSeconds: step.seconds + 1 })
  }
  return { ...controller.answer(), steps, rates: steps.map(({ perSecond }) => perSecond) }
}

const upTo =
  (limit: number, reason: TrialReason = 'late'): Cluster =>
  ({ perSecond }) =>
    perSecond <= limit ? null : reason

const planted: { limit: number; change?: Partial<RateSearchOptions>; steps: number }[] = [
  { limit: 1000, steps: 15 },
  { limit: 1999, steps: 11 },
  { limit: 2000, steps: 16 },
  { limit: 37_000, steps: 18 },
  { limit: 800_000, steps: 22 },
  { limit: 700, steps: 12 },
  { limit: 3, steps: 29 },
  { limit: 37_000, change: { startPerSecond: 40_000 }, steps: 12 },
  { limit: 37_000, change: { precision: 0.01 }, steps: 23 },
  { limit: 37_000, change: { precision: 0.5 }, steps: 14 }
]
for (const { limit, change, steps: expected } of planted) {
  t.test(`a limit of ${limit} is found in ${expected} steps, with ${JSON.stringify(change ?? {})}`, async (t) => {
    const { highestPass, lowestFail, endedBecause, steps } = search(upTo(limit), change)
    const [pass, fail] = [highestPass ?? Number.NaN, lowestFail ?? Number.NaN]
    t.ok(pass <= limit && limit < fail, `${pass} to ${fail}`)
    t.ok(fail / pass <= 1 + (change?.precision ?? 0.05))
    t.equal(endedBecause, 'found')
    t.equal(steps.length, expected)
    t.same(steps.at(-1), { isSoak: true, perSecond: Number((pass * 0.9).toPrecision(4)), seconds: 60 })
  })
}

t.test(
  'the ends of the interval have three trials, a rate on the way has one that passes or two that fail',
  async (t) => {
    t.same(
      search(upTo(1500), { soakSeconds: 0 }).rates,
      [1000, 2000, 2000, 1414, 1682, 1682, 1542, 1542, 1477, 1542, 1477, 1477]
    )
  }
)

/** The outcome of each step in turn, true if it passes; what follows passes up to the limit. */
const scripted: { name: string; reasons: (TrialReason | null)[]; limit: number; rates: number[] }[] = [
  { name: 'a failure is repeated', reasons: ['late', null], limit: 1e9, rates: [1000, 1000, 1000, 2000] },
  { name: 'two of three fail', reasons: ['late', null, 'late'], limit: 0, rates: [1000, 1000, 1000, 500] },
  { name: 'one pass is enough', reasons: [null], limit: 1e9, rates: [1000, 2000, 4000] }
]
for (const { name, reasons, limit, rates } of scripted) {
  t.test(`on the way ${name}`, async (t) => {
    const all = search((step, nth) => (reasons[nth] === undefined ? upTo(limit)(step, nth) : reasons[nth]))
    t.same(all.rates.slice(0, rates.length), rates)
  })
}

t.test('a failure at the end of the interval that later trials overturn is no end', async (t) => {
  // The first two trials at 2000 fail although the cluster sustains 5000.
  const result = search((step, nth) => (step.perSecond === 2000 && nth < 3 ? 'errors' : upTo(5000)(step, nth)))
  t.ok((result.highestPass ?? 0) > 4750 && (result.lowestFail ?? 0) > 5000, JSON.stringify(result))
})

const ends: { name: string; cluster: Cluster; change?: Partial<RateSearchOptions>; answer: object; last?: object }[] = [
  {
    name: 'the client is the limit',
    cluster: upTo(50_000, 'client'),
    answer: { highestPass: 32_000, lowestFail: null, endedBecause: 'clientLimit' },
    last: { isSoak: false, perSecond: 64_000 }
  },
  {
    name: 'one trial in which the client was slow',
    cluster: (step, nth) => (nth === 2 ? 'client' : upTo(5000)(step, nth)),
    answer: { endedBecause: 'found' }
  },
  {
    name: 'the client is the limit of the soak',
    cluster: (step, nth) => (step.isSoak ? 'client' : upTo(5000)(step, nth)),
    answer: { lowestFail: null, endedBecause: 'clientLimit' }
  },
  {
    name: 'the highest rate passes',
    cluster: upTo(free),
    change: { maxPerSecond: 10_000 },
    answer: { highestPass: 10_000, lowestFail: null, endedBecause: 'maximumPassed' },
    last: { isSoak: true, perSecond: 9000 }
  },
  {
    name: 'nothing passes',
    cluster: upTo(0),
    answer: { highestPass: null, lowestFail: 1, endedBecause: 'minimumFailed' }
  },
  {
    name: 'the soak fails',
    cluster: (step, nth) => (step.isSoak ? 'growing' : upTo(5000)(step, nth)),
    answer: { endedBecause: 'soakFailed', highestPass: Number, lowestFail: Number }
  },
  {
    name: 'the trials are used up',
    cluster: upTo(5000),
    change: { bounds: { trials: 4, seconds: free, records: free } },
    answer: { highestPass: 4000, lowestFail: null, endedBecause: 'outOfBounds' }
  },
  {
    name: 'the time is used up',
    cluster: upTo(5000),
    change: { bounds: { trials: 60, seconds: 16, records: free } },
    answer: { highestPass: 2000, lowestFail: null, endedBecause: 'outOfBounds' }
  },
  {
    name: 'the records are used up',
    cluster: upTo(5000),
    change: { bounds: { trials: 60, seconds: free, records: 34_999 } },
    answer: { highestPass: 2000, lowestFail: null, endedBecause: 'outOfBounds' }
  },
  {
    name: 'there is no time for the soak',
    cluster: upTo(5000),
    change: { bounds: { trials: 60, seconds: 200, records: free }, soakSeconds: 150 },
    answer: { highestPass: Number, lowestFail: Number, endedBecause: 'outOfBounds' }
  }
]
for (const { name, cluster, change, answer, last } of ends) {
  t.test(`a search ends: ${name}`, async (t) => {
    const result = search(cluster, change)
    t.match(result, answer)
    if (last) t.match(result.steps.at(-1), last)
  })
}

t.test('before its end a search has the interval so far, and wants the same step until it is reported', async (t) => {
  const controller = createRateSearch(usual)
  t.same(controller.answer(), { highestPass: null, lowestFail: null, endedBecause: 'interrupted' })
  t.same(controller.next(), { isSoak: false, perSecond: 1000, seconds: 5 })
  t.same(controller.next(), controller.next())
  controller.report({ reason: null, tookSeconds: 5 })
  t.match(controller.answer(), { highestPass: 1000, lowestFail: null, endedBecause: 'interrupted' })
  const ended = createRateSearch({ ...usual, bounds: { ...usual.bounds, trials: 0 } })
  t.throws(() => ended.report({ reason: null, tookSeconds: 5 }), /the search has ended: outOfBounds/)
})

/** A cluster by a seed, and the rate that it sustains in the end. */
type Simulated = (seed: number) => { cluster: Cluster; sustains: number }

const limitOf = (random: () => number) => 10 ** (2 + 3.5 * random())

const simulated: { name: string; simulate: Simulated }[] = [
  {
    name: 'a hard limit with noise of 1 %',
    simulate(seed) {
      const { random, normal } = simulation(seed)
      const limit = limitOf(random)
      return { sustains: limit, cluster: (step, nth) => upTo(limit * (1 + 0.01 * normal()))(step, nth) }
    }
  },
  {
    name: 'latency that rises with the load, with noise of 20 %',
    simulate(seed) {
      const { random, logNormal } = simulation(seed)
      const capacity = limitOf(random)
      const p99 = (perSecond: number) => (perSecond < capacity ? 5 / (1 - perSecond / capacity) : free)
      return {
        sustains: 0.95 * capacity,
        cluster: ({ perSecond }) => (p99(perSecond) * logNormal(0.2) > 100 ? 'late' : null)
      }
    }
  },
  {
    name: 'one trial in 20 that fails for no reason',
    simulate(seed) {
      const { random } = simulation(seed)
      const limit = limitOf(random)
      return {
        sustains: limit,
        cluster: (step, nth) => (!step.isSoak && random() < 0.05 ? 'errors' : upTo(limit)(step, nth))
      }
    }
  },
  {
    name: 'a limit that falls by a quarter',
    simulate(seed) {
      const { random } = simulation(seed)
      const limit = limitOf(random)
      const falls = Math.floor(random() * 15)
      return {
        sustains: limit * 0.75,
        cluster: (step, nth) => upTo(nth < falls ? limit : limit * 0.75)(step, nth)
      }
    }
  }
]
for (const { name, simulate } of simulated) {
  t.test(`within 5 % in at least 95 of 100 searches: ${name}`, async (t) => {
    const seeds = Array.from({ length: 1000 }, (_, seed) => seed)
    let right = 0
    for (const seed of seeds) {
      const { cluster, sustains } = simulate(seed)
      const { highestPass, lowestFail, endedBecause, steps } = search(cluster)
      t.ok(steps.length <= mostTrials + 1, 'the number of trials is bounded')
      const isNear = (rate: number | null) => rate !== null && Math.abs(rate / sustains - 1) <= 0.05
      // A limit that falls when its interval is known already shows in the soak.
      if ((endedBecause === 'found' && isNear(highestPass) && isNear(lowestFail)) || endedBecause === 'soakFailed')
        right += 1
    }
    t.ok(right >= 950, `${right} of 1000`)
  })
}
