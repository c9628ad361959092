import t from 'tap'
import type { LoadTestReport, LoadTestRun } from '#shared/contracts/load-test.ts'
import type { LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import { comparisonQuery, overlayCharts, runRow, sidesOf, toggled } from '../../../../web/pages/compare-runs.ts'

const sides = (search: string) => sidesOf(new URLSearchParams(search))

t.test('the address says what is compared; while a side is missing nothing is', async (t) => {
  const cases: [search: string, query: object | undefined][] = [
    ['', undefined],
    ['a=1,2', undefined],
    ['b=1', undefined],
    ['a=1,2&b=3', { a: '1,2', b: '3' }],
    ['baseline=r1&b=3', { baseline: 'r1', b: '3' }],
    ['a=1&baseline=r1&b=3', { baseline: 'r1', b: '3' }],
    ['a=1&b=3&varying=client,broker.x', { a: '1', b: '3', varying: 'client,broker.x' }]
  ]
  for (const [search, query] of cases) t.same(comparisonQuery(sides(search)), query, search)
})

t.test('a run is put on a side and taken off it; one of a replaces the baseline', async (t) => {
  t.same(toggled(sides('b=1'), 'b', '2'), { b: '1,2' })
  t.same(toggled(sides('b=1'), 'b', '1'), { b: undefined })
  t.same(toggled(sides('baseline=r1&b=1'), 'a', '2'), { a: '2', baseline: undefined })
  t.same(toggled(sides('a=1&b=2'), 'varying', 'client'), { varying: 'client' })
})

t.test('what a run did not measure is a dash, not 0', async (t) => {
  const run = { id: 'r', result: null } as unknown as LoadTestRun
  t.same(runRow('a', run), ['a', 'r', '—', '—', '-', '-', '-', '—'])
  const of = (result: object) => runRow('a', { ...run, result } as LoadTestRun)[3]
  t.equal(of({ eventsPerSecond: 900, failed: 0 }), '900')
  t.equal(of({ eventsPerSecond: 900, failed: 0, steadyState: { eventsPerSecond: 1000 } }), '1,000')
  t.equal(of({ eventsPerSecond: 900, failed: 0, search: { highestPass: 4000 } }), '4,000')
  t.equal(of({ eventsPerSecond: 900, failed: 0, search: { highestPass: null } }), '—', 'no rate passed')
})

function reportOf(id: string, rates: number[]): LoadTestReport {
  const seconds = rates.map((acknowledged, nth) => ({
    ...{ second: nth + 1, acknowledged, failed: 0, targetPerSecond: 10, busy: 0, blocked: 0 },
    ...{ responseP50Ms: 1, responseP99Ms: 2 + nth, serviceP99Ms: 1, scheduleLagP99Ms: null }
  })) as unknown as LoadTestSecond[]
  return { id, seconds, run: { id, finishedAt: null, result: null } as unknown as LoadTestRun }
}

t.test('runs of different lengths are laid over one another by the second; what one lacks is left out', async (t) => {
  const charts = overlayCharts(reportOf('one', [5, 6, 7]), reportOf('two', [8, 9]))
  t.same(
    charts.map(({ id }) => id),
    ['compare-rate', 'compare-times'],
    'neither has a schedule lag'
  )
  t.match(charts[0], {
    x: [1, 2, 3],
    series: [
      { name: 'a one', values: [5, 6, 7], x: [1, 2, 3] },
      { name: 'b two', values: [8, 9], x: [1, 2] }
    ]
  })
  t.match(charts[1]?.series[0], { values: [2, 3, 4] }, 'the 99th percentile of the response time')
  t.same(overlayCharts(reportOf('one', []), reportOf('two', [1])), [], 'without seconds there is none')
})
