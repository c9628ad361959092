import t from 'tap'
import type { LoadTestReport } from '#shared/contracts/load-test.ts'
import type { LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import { chartsOf } from '#shared/load-report/run-charts.ts'
import { run, second, workload } from '../../cli/load/run.ts'

function report(length: number, change: (nth: number) => Partial<LoadTestSecond> = () => ({})): LoadTestReport {
  return { id: run().id, run: run(), seconds: Array.from({ length }, (_, nth) => second(nth, change(nth))) }
}

/** Values of one line of one chart. */
function line(of: LoadTestReport, id: string, name: string) {
  return chartsOf(of)
    .find((chart) => chart.id === id)
    ?.series.find((each) => each.name === name)?.values
}

t.test('rates, times, lag, errors and limits each have a chart', async (t) => {
  const charts = chartsOf(report(3))
  t.same(
    charts.map(({ id, series }) => [id, ...series.map(({ name }) => name)]),
    [
      ['rate', 'acknowledged', 'target'],
      ['times', 'response p50', 'response p99', 'service p99'],
      ['lag', 'schedule lag p99'],
      ['errors', 'failed'],
      ['limits', 'at work, busiest producer', 'waiting']
    ]
  )
  t.match(charts, [{ x: [0, 1, 2], warmUpSeconds: 15 }])
})

t.test('what a closed rate does not have is left out', async (t) => {
  const closed = chartsOf(report(3, () => ({ targetPerSecond: null, scheduleLagP99Ms: null })))
  t.same(
    closed.map(({ id }) => id),
    ['rate', 'times', 'errors', 'limits']
  )
  t.same(
    closed[0]?.series.map(({ name }) => name),
    ['acknowledged']
  )
})

t.test('the last second, which is incomplete, is no rate', async (t) => {
  const counted = report(3, (nth) => ({ acknowledged: 10 + nth, failed: nth }))
  t.same(line(counted, 'rate', 'acknowledged'), [10, 11, null])
  t.same(line(counted, 'errors', 'failed'), [0, 1, 2])
  t.same(line(report(1), 'rate', 'acknowledged'), [4998], 'but all that there is')
})

t.test('of a long run several seconds are one point: the mean of rates, the highest of times', async (t) => {
  const long = report(1201, (nth) => ({
    acknowledged: nth,
    responseP99Ms: nth < 3 ? null : nth === 4 ? 90 : 10
  }))
  t.equal(chartsOf(long)[0]?.x.length, 401)
  t.same(line(long, 'rate', 'acknowledged')?.slice(0, 2), [1, 4])
  t.same(line(long, 'times', 'response p99')?.slice(0, 3), [null, 90, 10])
  t.match(chartsOf(long)[1]?.title, /highest of 3 s/)
})

t.test('without its seconds a run has no charts', async (t) => t.same(chartsOf(report(0)), []))

t.test('consumers have a chart of their latency and of their lag, each of the worst group', async (t) => {
  const group = { group: 'a', consumed: 40, endToEndP50Ms: 5, endToEndP99Ms: 9, lag: 100 }
  const silent = { group: 'b', consumed: 50, endToEndP50Ms: null, endToEndP99Ms: null, lag: null }
  const slow = { ...silent, endToEndP50Ms: 7, endToEndP99Ms: 8, lag: 200 }
  const consumed = report(3, (nth) => ({ consumers: nth === 0 ? [group, slow] : nth === 1 ? [group, silent] : [] }))
  t.same(line(consumed, 'rate', 'consumed, slowest group'), [40, 40, null])
  t.same(line(consumed, 'end-to-end', 'e2e p50'), [7, 5, null])
  t.same(line(consumed, 'end-to-end', 'e2e p99'), [9, 9, null])
  t.same(line(consumed, 'consumer-lag', 'lag'), [200, 100, null])
})

t.test('transactions have charts of their commits, and unconfirmed records are called so', async (t) => {
  const transactions = { committed: 8, aborted: 2, indeterminate: 0, commitP50Ms: 5, commitP99Ms: 30 }
  const { id, run, seconds } = report(3)
  const committing = chartsOf({ id, run, seconds: seconds.map((each) => ({ ...each, transactions })) })
  t.match(
    committing.find(({ id }) => id === 'commit-times'),
    { series: [{ values: [5, 5, 5] }, { name: 'commit p99', values: [30, 30, 30] }] }
  )
  t.match(
    committing.find(({ id }) => id === 'transactions'),
    { series: [{ values: [8, 8, null] }, { values: [2, 2, null] }] }
  )
  const result = run.result && { ...run.result, unconfirmed: 30 }
  const [rate, times] = chartsOf({
    id,
    run: { ...run, result },
    seconds: seconds.map((each) => ({ ...each, acknowledged: 0, unconfirmed: 10 }))
  })
  t.match(rate, { series: [{ name: 'handed over, unconfirmed', values: [10, 10, null] }] })
  t.match(times?.title, /until the network had it/)
})

t.test('a threshold is a line in the chart that shows what it bounds', async (t) => {
  const thresholds = ['p99 < 20ms', 'service.p99.9 <= 0.5s', 'throughput > 4000/s', 'errors = 0', 'lag < 100']
  const judged = report(3)
  const charts = chartsOf({ ...judged, run: { ...judged.run, workload: { ...workload, thresholds } } })
  t.same(
    charts.filter(({ limits = [] }) => limits.length > 0).map(({ id, limits }) => [id, limits]),
    [
      ['rate', [{ label: 'throughput > 4000/s', value: 4000 }]],
      [
        'times',
        [
          { label: 'p99 < 20ms', value: 20 },
          { label: 'service.p99.9 <= 0.5s', value: 500 }
        ]
      ]
    ]
  )
})

t.test('of a run that goes on the last second is over, and as many points are made as there is room for', async (t) => {
  const over = report(4, (nth) => ({ acknowledged: nth }))
  const underWay = { ...over, run: { ...over.run, finishedAt: null, result: null } }
  t.same(line(underWay, 'rate', 'acknowledged'), [0, 1, 2, 3])
  t.same(chartsOf(underWay, 2)[0]?.series[0]?.values, [0.5, 2.5])
})
