import fc from 'fast-check'
import t from 'tap'
import { changePoints } from '#services/load-test/domain/statistics/change-points.ts'
import { simulation } from './simulated.ts'

/** A history of runs with noise of 2 %. */
function history(runs: number, seed: number, levelOf: (run: number) => number) {
  const { random, logNormal } = simulation(seed)
  return { random, series: Array.from({ length: runs }, (_, run) => levelOf(run) * logNormal(0.02)) }
}

const cases: { what: string; runs: number; levelOf: (run: number) => number; positions: number[] }[] = [
  { what: 'noise has no change', runs: 40, levelOf: () => 100, positions: [] },
  { what: 'a step of 10 % up', runs: 30, levelOf: (run) => (run < 18 ? 100 : 110), positions: [18] },
  { what: 'a step of 10 % down', runs: 30, levelOf: (run) => (run < 18 ? 110 : 100), positions: [18] },
  { what: 'a step in the middle of 12 runs', runs: 12, levelOf: (run) => (run < 6 ? 100 : 110), positions: [6] },
  { what: 'a step four runs ago', runs: 30, levelOf: (run) => (run < 26 ? 100 : 110), positions: [26] },
  { what: 'two steps up', runs: 45, levelOf: (run) => (run < 15 ? 100 : run < 30 ? 110 : 121), positions: [15, 30] },
  { what: 'a step up and back', runs: 45, levelOf: (run) => (run < 15 || run >= 30 ? 100 : 110), positions: [15, 30] },
  { what: 'an outlier is no change', runs: 30, levelOf: (run) => (run === 14 ? 150 : 100), positions: [] },
  { what: 'an outlier among 12 runs', runs: 12, levelOf: (run) => (run === 5 ? 500 : 100), positions: [] },
  { what: 'an outlier at the end', runs: 30, levelOf: (run) => (run === 29 ? 150 : 100), positions: [] },
  {
    what: 'an outlier beside a step',
    runs: 40,
    levelOf: (run) => (run === 8 ? 130 : run < 20 ? 100 : 110),
    positions: [20]
  }
]
for (const { what, runs, levelOf, positions } of cases) {
  t.test(`${what}: at the place in 8 of 10 histories, within a run of it in all`, async (t) => {
    let exact = 0
    for (let seed = 1; seed <= 10; seed += 1) {
      const { random, series } = history(runs, seed, levelOf)
      const found = (changePoints(series, random) ?? []).map(({ position }) => position)
      const near = positions.every((position, nth) => Math.abs((found[nth] ?? Number.NaN) - position) <= 1)
      t.ok(near && found.length === positions.length, `seed ${seed}: [${found}]`)
      if (found.join() === positions.join()) exact += 1
    }
    t.ok(exact >= 8, `${exact} of 10`)
  })
}

t.test('a change has its p and the relative change of the mean up to its neighbours', async (t) => {
  const series = [...Array(10).fill(100), ...Array(10).fill(110), ...Array(10).fill(99)]
  const [up, down, ...others] = changePoints(series, simulation(1).random) ?? []
  t.same(others, [])
  t.match(up, { position: 10, magnitude: 0.1 })
  t.match(down, { position: 20, magnitude: -0.1 })
  t.equal(up?.p, 0.001)
})

t.test('a change from 0 has no relative size', async (t) => {
  const series = [...Array(10).fill(0), ...Array(10).fill(5)]
  t.match(changePoints(series, simulation(1).random), [{ position: 10, magnitude: null }])
})

t.test('eleven runs are too few, twelve equal ones have no change', async (t) => {
  t.equal(changePoints(Array(11).fill(1), simulation(1).random), null)
  t.same(changePoints(Array(12).fill(1), simulation(1).random), [])
})

t.test('one seed has one result', async (t) => {
  const { series } = history(30, 1, (run) => (run < 18 ? 100 : 104))
  const found = (seed: number) => changePoints(series, simulation(seed).random)
  t.same(found(3), found(3))
})

t.test('of 300 histories without a change at most 2 % have one, although the best split is tested', async (t) => {
  const { random, logNormal } = simulation(6)
  let alarms = 0
  for (let nth = 0; nth < 300; nth += 1) {
    const series = Array.from({ length: 25 }, () => logNormal(0.05))
    if (changePoints(series, random)?.length) alarms += 1
  }
  t.ok(alarms <= 6, `${alarms} of 300`)
})

t.test('the first change lies at the split of the largest energy distance', async (t) => {
  const level = fc.integer({ min: 0, max: 20 })
  const values = fc.tuple(
    fc.array(level, { minLength: 6, maxLength: 12 }),
    fc.array(level, { minLength: 6, maxLength: 12 })
  )
  let changed = 0
  fc.assert(
    fc.property(values, ([before, after]) => {
      const series = [...before, ...after.map((value) => value + 11)]
      const found = changePoints(series, simulation(1).random) ?? []
      if (found.length > 0) changed += 1
      return found.length === 0 || found.some(({ position }) => position === furthest(series))
    }),
    { seed: 4, numRuns: 300 }
  )
  t.ok(changed > 60, `${changed} of 300 have a change`)
})

t.test('two outliers in a row are no change', async (t) => {
  const { random, series } = history(220, 3, (run) => (run === 90 || run === 91 ? 150 : 100))
  t.same(changePoints(series, random), [])
})

/** The split by its definition (Matteson and James, 2.2-2.3), with sides of three runs at least. */
function furthest(series: readonly number[]): number {
  let best = { at: 0, distance: 0 }
  for (let at = 3; at <= series.length - 3; at += 1) {
    for (let end = at + 3; end <= series.length; end += 1) {
      const [x, y] = [series.slice(0, at), series.slice(at, end)]
      const within = (side: number[]) =>
        side
          .flatMap((a, nth) => side.slice(nth + 1).map((b) => Math.abs(a - b)))
          .reduce((sum, value) => sum + value, 0) /
        ((side.length * (side.length - 1)) / 2)
      const between = x.flatMap((a) => y.map((b) => Math.abs(a - b))).reduce((sum, value) => sum + value, 0)
      const energy = (2 * between) / (x.length * y.length) - within(x) - within(y)
      const distance = ((x.length * y.length) / (x.length + y.length)) * energy
      if (distance > best.distance + 1e-9) best = { at, distance }
    }
  }
  return best.at
}
