import t from 'tap'
import type { LoadTestPartition } from '#shared/contracts/load-detail.ts'
import type { LoadTestReport } from '#shared/contracts/load-test.ts'
import { partitionRows } from '#shared/load-report/detail-charts.ts'
import { htmlReport } from '#shared/load-report/report-html.ts'
import { markdownReport } from '#shared/load-report/report-markdown.ts'
import { result, run, search, second, workload } from '../../cli/load/run.ts'

const report = (change: Partial<LoadTestReport['run']> = {}, length = 60): LoadTestReport => ({
  id: run().id,
  run: run(change),
  seconds: Array.from({ length }, (_, nth) => second(nth))
})
const hostile = '<script>alert(1)</script>"\'|`](http://x)\n```\n# head'

t.test('the HTML report is one file, that loads nothing and runs no script', async (t) => {
  const html = htmlReport(report())
  t.match(html, /^<!doctype html>\n<html lang="en">/)
  t.match(html, "default-src 'none'; style-src 'unsafe-inline'")
  t.notMatch(html, /<script|<link|<img|@import|url\(|https?:|src=|href=/)
  t.match(html, 'prefers-color-scheme: dark')
  t.equal(html.split('<svg ').length - 1, 5, 'rate, times, lag, errors, limits')
  for (const part of ['steady: Three minutes', 'p99 &#60; 20ms', '>FAILED<', '>11.9 to 13.1<', '>too few samples<']) {
    t.match(html, part)
  }
})

const partition = (nth: number): LoadTestPartition => ({
  ...{ partition: nth, acknowledged: 9000 + nth, failed: nth === 2 ? 7 : 0, bytes: 4096 },
  ...{ meanServiceMs: 3 + nth / 1000, maxServiceMs: 40.25 }
})
const points = (records: number, scale: number) =>
  Array.from({ length: Math.log10(records) * 20 + 1 }, (_, nth) => ({
    percentile: 100 * (1 - 10 ** (-nth / 20)),
    valueMs: scale * (1 + nth ** 2 / 100)
  }))
const detailed = (partitions: number): LoadTestReport => ({
  ...report(),
  partitions: Array.from({ length: partitions }, (_, nth) => partition(nth)),
  spectrum: { responseTime: points(1_000_000, 2), serviceTime: points(10_000, 1) }
})

t.test('the HTML report plots the percentile spectrum over 1 / (1 - q)', async (t) => {
  const svg = /<svg[^>]*"spectrum-title.*?<\/svg>/s.exec(htmlReport(detailed(3)))?.[0] ?? ''
  for (const label of ['0 %', '90 %', '99 %', '99.9 %', '99.99 %', '99.999 %', '99.9999 %'])
    t.match(svg, `>${label}</text>`)
  t.match(svg, '>response</text>')
  t.match(svg, '>service</text>')
  // 90 % is a sixth of the way to 99.9999 %: 62 + 686 / 6.
  t.match(svg, 'M176.3 222v5')
  t.match(svg, 'text-anchor="end">99.9999 %<', 'a label at the end is not cut off')
  t.notMatch(htmlReport(report()), 'Percentile spectrum')
})

t.test('the HTML report has a row and a dot for each partition', async (t) => {
  const html = htmlReport(detailed(3))
  const seconds = (result.durationMs ?? 0) / 1000
  t.match(
    html,
    `<tr><td>2</td><td>9,002</td><td>${(9002 / seconds).toFixed(1)}</td><td>4.0 KiB</td><td>7</td><td>3.00</td>`
  )
  const rates = /<svg[^>]*"partition-rates-title.*?<\/svg>/s.exec(html)?.[0] ?? ''
  t.equal(rates.split('h0').length - 1, 3 + 1, 'three partitions, and the legend')
  t.notMatch(htmlReport(report()), '<h2>Partitions</h2>')
})

t.test('of very many partitions the table has those with errors and the slowest', async (t) => {
  const { rows, leftOut } = partitionRows(detailed(1000))
  t.equal(rows.length, 32)
  t.same(
    rows.slice(0, 3).map(([nth]) => nth),
    ['2', '999', '998']
  )
  t.equal(leftOut, 968)
  t.match(htmlReport(detailed(1000)), '968 more are in the JSON report')
})

t.test('every element of the HTML report is closed', async (t) => {
  const open: string[] = []
  for (const [, close, name = '', empty] of htmlReport(detailed(40)).matchAll(/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/g)) {
    if (name === 'meta' || empty) continue
    if (close) t.equal(open.pop(), name)
    else open.push(name)
  }
  t.same(open, [])
})

t.test('reports of a search have its trials, and no warm-up', async (t) => {
  const searched = report({ result: { ...result, search } })
  const html = htmlReport(searched)
  for (const part of ['<h2>Trials</h2>', '>failed (behind)<', '<h2>Percentiles of the soak</h2>']) t.match(html, part)
  t.notMatch(html, 'The shaded part')
  t.match(markdownReport(searched), '| soak | 33,480 | 33,479 | 24.0 | passed |')
})

t.test('without seconds the HTML report says so', async (t) => {
  const html = htmlReport(report({ status: 'running', result: null }, 0))
  t.match(html, 'No seconds were kept')
  t.notMatch(html, /<svg|<h2>Percentiles|<h2>Thresholds/)
})

t.test('the Markdown report has the facts, verdicts and percentiles as tables, and the workload', async (t) => {
  const text = markdownReport(report())
  t.match(text, /^## Load test steady: completed\n/)
  for (const line of [
    '| Rate | 4,999/s; after 15 s of warm-up, found by rule (MSER-5) |',
    '| FAILED | errors = 0 | 12 |',
    '| response | p99 | 12.4 | 11.9 to 13.1 | 2310 | 370 |  |',
    '| response | p99.9 | - | - | 1290 | 3700 | too few samples |'
  ]) {
    t.ok(text.includes(`\n${line}\n`), line)
  }
  t.match(text, '```yaml\nname: steady\n')
})

t.test('text that others wrote stays text', async (t) => {
  const from = report({ failure: hostile, workload: { ...workload, description: hostile } })
  t.notMatch(htmlReport(from), '<script')
  const text = markdownReport(from)
  t.match(text, '\\<script\\>')
  t.equal(text.match(/^```/gm)?.length, 2, 'nothing ends the block of code')
  t.notMatch(text, /^# head/m)
  for (const row of text.split('\n').filter((line) => line.startsWith('| Failure'))) {
    t.equal(row.replaceAll('\\|', '').split('|').length, 4, 'a row of two cells')
    t.match(row, '\\]')
  }
})

t.test('lines that a workload chooses from are counted, not repeated', async (t) => {
  const lines = Array.from({ length: 1000 }, () => 'some line')
  const text = markdownReport(report({ workload: { ...workload, payload: { kind: 'lines', lines } } }))
  t.match(text, 'lines: 1000 lines')
  t.notMatch(text, 'some line')
})
