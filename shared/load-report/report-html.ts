import type { LoadTestReport } from '#shared/contracts/load-test.ts'
import { htmlPage, htmlTable } from '../reports/html-page.ts'
import { escaped, lineChart } from '../reports/line-chart.ts'
import { partitionCharts, partitionHead, partitionRows, spectrumChart } from './detail-charts.ts'
import { chartsOf } from './run-charts.ts'
import { factsOf, percentileHead, percentileRows, thresholdRows, whyNoIntervals } from './run-facts.ts'
import { trialHead, trialRows } from './search-facts.ts'
import { workloadText } from './workload-text.ts'

/** A report as one HTML file, with plots; it loads nothing and runs no script. */
export function htmlReport(report: LoadTestReport): string {
  const { run } = report
  const { result } = run
  const title = `Load test ${run.workload?.name ?? ''} ${run.id}`.replaceAll(/ +/g, ' ')
  const charts = chartsOf(report).map(lineChart)
  const spectrum = spectrumChart(report)
  const partitions = partitionRows(report)
  const facts = [['Status', run.status], ['Started', run.createdAt], ...factsOf(run)]
  const intervals = result ? whyNoIntervals(result) : undefined
  const parts = [
    `<h1>${escaped(title)}</h1>`,
    htmlTable([], facts),
    ...(result?.thresholds?.length
      ? ['<h2>Thresholds</h2>', htmlTable(['Verdict', 'Threshold', 'Measured'], thresholdRows(result))]
      : []),
    ...(result?.search ? ['<h2>Trials</h2>', htmlTable(trialHead, trialRows(result.search))] : []),
    ...(result?.percentiles?.length
      ? [
          `<h2>Percentiles ${result.search ? 'of the soak' : 'after the warm-up'}</h2>`,
          htmlTable(percentileHead, percentileRows(result)),
          ...(intervals === undefined ? [] : [`<p>${escaped(intervals)}</p>`])
        ]
      : []),
    ...(spectrum ? [lineChart(spectrum)] : []),
    '<h2>Second by second</h2>',
    ...(charts.length > 0
      ? [
          ...(result?.search ? [] : ['<p>The shaded part is the warm-up, which figures above leave out.</p>']),
          ...charts
        ]
      : [
          '<p>No seconds were kept: the run goes on, did not end by itself, or was long and comes from the cluster.</p>'
        ]),
    ...(partitions.rows.length > 0
      ? [
          '<h2>Partitions</h2>',
          '<p>Of the whole run, its warm-up included.</p>',
          ...partitionCharts(report).map(lineChart),
          htmlTable(partitionHead, partitions.rows),
          ...(partitions.leftOut > 0
            ? [
                `<p>Those with the most errors, and then the slowest; ${partitions.leftOut} more are in the JSON report.</p>`
              ]
            : [])
        ]
      : []),
    ...(run.workload
      ? [
          '<h2>Workload</h2>',
          `<details><summary>All settings</summary><pre>${escaped(workloadText(run.workload))}</pre></details>`
        ]
      : [])
  ]
  return htmlPage(title, parts)
}
