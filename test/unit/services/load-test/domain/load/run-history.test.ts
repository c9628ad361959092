import t from 'tap'
import { createAnalysis } from '#services/load-test/adapters/analysis.ts'
import { fingerprintOf } from '#services/load-test/domain/load/fingerprint.ts'
import { type ComparableRun, historyOf, isComparable } from '#services/load-test/domain/load/run-history.ts'
import type { ComparedRun } from '#shared/contracts/compared-runs.ts'
import { createRandom } from '#shared/seeded-random.ts'
import { comparedRun } from './compared-runs.ts'

type Runs = [ComparableRun, ...ComparableRun[]]

/** Newest first. */
function runs(
  length: number,
  change: (nth: number) => Parameters<typeof comparedRun> extends [number, ...infer Rest] ? Rest : never
) {
  const all = Array.from({ length }, (_, nth) => comparedRun(nth, ...change(nth))).filter(isComparable)
  return all.reverse() as Runs
}

t.test('a slow-down shows at its run, figure by figure, also where a run lacks the figure', async (t) => {
  const analysis = createAnalysis()
  t.teardown(() => analysis.close())
  const random = createRandom(5)
  const history = await historyOf(
    runs(40, (nth) => {
      const noise = 1 + 0.02 * (random() - 0.5)
      const responseP99 = nth === 10 ? null : (nth < 25 ? 10 : 12) * noise
      return [{}, { responseP99, throughput: (nth < 30 ? 1000 : 1200) * noise, serviceP99: null, responseP50: noise }]
    }),
    analysis.findChanges
  )
  t.match(history, { workload: 'steady', leftOut: { otherWorkload: 0, otherEnvironment: 0 }, unjudged: ['serviceP99'] })
  t.equal(history.runs[0]?.id, 'run-0')
  t.match(history.changes, [
    { figure: 'responseP99', run: 'run-25', verdict: 'slower' },
    { figure: 'throughput', run: 'run-30', verdict: 'faster' }
  ])
  t.equal(history.changes.length, 2)
  t.ok(Math.abs((history.changes[0]?.magnitude ?? 0) - 0.2) < 0.02)
})

t.test('runs of another workload or environment than the newest are left out and counted', async (t) => {
  const foreign: Partial<ComparedRun>[] = [
    {},
    { fingerprint: fingerprintOf({ other: '1' }) },
    { workloadHash: 'fedcba9876543210' },
    {}
  ]
  const history = await historyOf(
    runs(4, (nth) => [foreign[nth]]),
    async () => null
  )
  t.same(
    history.runs.map(({ id }) => id),
    ['run-0', 'run-3']
  )
  t.same(history.leftOut, { otherWorkload: 1, otherEnvironment: 1 })
  t.equal(history.unjudged.length, 5)
})

t.test('only the newest 200 runs count', async (t) => {
  const lengths: number[] = []
  const history = await historyOf(
    runs(210, () => []),
    async (series) => {
      lengths.push(series.length)
      return []
    }
  )
  t.equal(history.runs[0]?.id, 'run-10')
  t.same(lengths, [200, 200, 200, 200, 200])
})
