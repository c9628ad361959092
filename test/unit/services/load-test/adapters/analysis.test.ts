import t from 'tap'
import { createAnalysis } from '#services/load-test/adapters/analysis.ts'
import { compareRuns } from '#services/load-test/domain/load/compare-runs.ts'
import { comparedRun } from '../domain/load/compared-runs.ts'

t.test('changes are searched once for a series, in turn, and no longer when the service closes', async (t) => {
  const analysis = createAnalysis()
  const series = Array.from({ length: 200 }, (_, nth) => (nth < 100 ? 1 : 2) + (nth % 7) / 100)
  const first = await analysis.findChanges(series)
  t.match(first, [{ position: 100, magnitude: Number }])
  t.equal(await analysis.findChanges([...series]), first)
  t.equal(await analysis.findChanges([1, 2, 3]), null)
  const interrupted = t.rejects(analysis.findChanges(series.toReversed()), /ended|closed/)
  await analysis.close()
  await interrupted
  await t.rejects(analysis.findChanges(series.map((each) => each + 1)), /closed/)
})

t.test('a comparison in a thread is that of the domain', async (t) => {
  const analysis = createAnalysis()
  t.teardown(() => analysis.close())
  const side = (first: number, responseP50: number) => ({
    baseline: null,
    runs: Array.from({ length: 6 }, (_, nth) => comparedRun(first + nth, {}, { responseP50: responseP50 + nth / 100 }))
  })
  const [a, b] = [side(0, 10), side(6, 12)]
  const options = { varying: ['client'] }
  t.same(await analysis.compareRuns(a, b, options), compareRuns(a, b, options))
})
