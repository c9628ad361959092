import t from 'tap'
import { compareAlgorithms } from '#apps/load-balancer/domain/compare.ts'
import { serversOf } from '#apps/load-balancer/domain/simulation.ts'
import { recordedArrivals } from '#apps/load-balancer/recorded-arrivals.ts'
import { algorithmNames } from '#shared/contracts/load-balancer.ts'

const of = (seed: number, slowness: Record<number, number> = {}, rate = 50) =>
  compareAlgorithms(recordedArrivals({ requests: 2000, rate, seed }), serversOf({ servers: 5, seed, slowness }), seed)

t.test('with one server ten times slower, power of two choices and peak EWMA beat round robin at p99', async (t) => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const { algorithms } = of(seed, { [seed % 5]: 10 })
    const p99 = (name: string) => algorithms.find((each) => each.name === name)?.p99Ms ?? Number.NaN
    const failed = (name: string) => algorithms.find((each) => each.name === name)?.failed ?? Number.NaN
    for (const name of ['power_of_two_choices', 'peak_ewma']) {
      t.ok(
        p99(name) < p99('round_robin') / 2,
        `seed ${seed}: ${name} ${p99(name)} ms, round robin ${p99('round_robin')} ms`
      )
      t.ok(failed(name) <= failed('round_robin'), `seed ${seed}: ${name} fails ${failed(name)} requests`)
    }
  }
})

t.test('every algorithm gets the same requests, and the same seed gives the same result', async (t) => {
  const comparison = of(3, { 4: 10 })
  t.same(
    comparison.algorithms.map(({ name }) => name),
    [...algorithmNames]
  )
  t.same(of(3, { 4: 10 }), comparison)
  t.notSame(of(4, { 4: 10 }).algorithms, comparison.algorithms)
  for (const { name, shares, p50Ms, p99Ms, maxMs } of comparison.algorithms) {
    const sum = Object.values(shares).reduce((sum, share) => sum + share, 0)
    t.ok(Math.abs(sum - 1) < 1e-9, name)
    t.ok(p50Ms !== null && p99Ms !== null && maxMs !== null && p50Ms <= p99Ms && p99Ms <= maxMs, name)
  }
  t.same(comparison.algorithms[0]?.shares, {
    'server-0': 0.2,
    'server-1': 0.2,
    'server-2': 0.2,
    'server-3': 0.2,
    'server-4': 0.2
  })
})

t.test('without a request nothing is measured', async (t) => {
  const { algorithms, seconds } = compareAlgorithms([], serversOf({ servers: 2, seed: 1 }), 1, ['random'])
  t.equal(seconds, 0)
  t.same(algorithms, [
    { name: 'random', p50Ms: null, p99Ms: null, maxMs: null, failed: 0, shares: { 'server-0': 0, 'server-1': 0 } }
  ])
})
