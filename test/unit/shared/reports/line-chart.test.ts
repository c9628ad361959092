import t from 'tap'
import { escaped, type LineChart, lineChart, ticks, timeTicks } from '#shared/reports/line-chart.ts'

const chart = (change: Partial<LineChart> = {}): LineChart => ({
  id: 'rate',
  title: 'Rate',
  unit: 'ms',
  x: [0, 1, 2, 3, 4],
  series: [{ name: 'a', values: [0, 10, null, 5, 10] }],
  ...change
})

const axes: [most: number, ticks: number[]][] = [
  [0, [0, 1]],
  [Number.NaN, [0, 1]],
  [0.3, [0, 0.1, 0.2, 0.3]],
  [1, [0, 0.5, 1]],
  [4, [0, 1, 2, 3, 4]],
  [4.01, [0, 2, 4, 6]],
  [10, [0, 5, 10]],
  [12, [0, 5, 10, 15]],
  [20, [0, 5, 10, 15, 20]],
  [4998, [0, 2000, 4000, 6000]],
  [1e9, [0, 500_000_000, 1e9]]
]
for (const [most, expected] of axes) {
  t.test(`an axis up to ${most} has round ticks and reaches it`, async (t) => t.same(ticks(most), expected))
}

t.test('times on the axis are round, and no more than nine', async (t) => {
  t.same(timeTicks(4), [0, 1, 2, 3, 4])
  t.same(timeTicks(59), [0, 10, 20, 30, 40, 50])
  t.same(timeTicks(300), [0, 60, 120, 180, 240, 300])
  t.same(timeTicks(3599).at(-1), 3000)
  for (const most of [1, 10, 61, 1000, 10_000, 86_400]) t.ok(timeTicks(most).length <= 9, String(most))
})

t.test('values are in their place, and a missing one is a gap', async (t) => {
  // The plot is 686 wide for 4 s and 174 high for 10 ms.
  t.match(lineChart(chart()), 'd="M62 222L233.5 48M576.5 135L748 48"')
  const alone = chart({ series: [{ name: 'a', values: [null, 10, null, null, null] }] })
  t.match(lineChart(alone), 'd="M233.5 48h0"', 'a value alone is a dot')
})

t.test('a chart has a title and a description, for those who do not see it', async (t) => {
  const svg = lineChart(chart({ title: 'Response <time>' }))
  t.match(svg, 'role="img" aria-labelledby="rate-title rate-text"')
  t.match(svg, '<title id="rate-title">Response &#60;time&#62;</title>')
  t.match(svg, '<desc id="rate-text">a: from 0 to 10 ms.</desc>')
  t.match(lineChart(chart({ series: [{ name: 'a', values: [] }] })), 'a: no values.')
})

t.test('each line is in the legend, with a style of its own', async (t) => {
  const series = ['first', 'second', 'third'].map((name) => ({ name, values: [1, 2] }))
  const svg = lineChart(chart({ series }))
  for (const [index, { name }] of series.entries()) {
    t.match(svg, `>${name}</text>`)
    t.equal(svg.split(`class="line line-${index}"`).length - 1, 2, 'the line, and its sample')
  }
})

t.test('the warm-up is shaded, and named where there is room', async (t) => {
  t.notMatch(lineChart(chart()), 'class="shade"')
  const svg = lineChart(chart({ warmUpSeconds: 2 }))
  t.match(svg, '<rect class="shade" x="62" y="48" width="343"')
  t.match(svg, '>warm-up</text>')
  t.notMatch(lineChart(chart({ x: [0, 100], warmUpSeconds: 1 })), '>warm-up</text>')
})

t.test('seconds are shown as a clock shows them', async (t) => {
  t.match(lineChart(chart({ x: [0, 4000] })), />0:00<[\s\S]*>10:00<[\s\S]*>1:00:00</)
})

t.test('text cannot leave its place', async (t) => {
  t.equal(escaped(`<a href="x" b='y'>&`), '&#60;a href=&#34;x&#34; b=&#39;y&#39;&#62;&#38;')
})

t.test('a limit is a line across the chart, unless it is so high that it would flatten the values', async (t) => {
  const of = (value: number) => ({
    ...{ id: 'a', title: 'A', unit: 'ms', x: [0, 1] },
    ...values([1, 10]),
    limits: [{ value, label: 'p99 < x' }]
  })
  t.match(lineChart(of(20)), /class="limit" d="M62 48H748"\/><text[^>]*>p99 &#60; x</)
  t.notMatch(lineChart(of(31)), /class="limit"/)
})

function values(values: number[]) {
  return { series: [{ name: 'a', values }] }
}
