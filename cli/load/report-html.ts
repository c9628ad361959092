import type { LoadTestReport } from '#shared/contracts/load-test.ts'
import { partitionCharts, partitionHead, partitionRows, spectrumChart } from './detail-charts.ts'
import { chartStyle, escaped, lineChart } from './line-chart.ts'
import { chartsOf } from './run-charts.ts'
import { factsOf, percentileHead, percentileRows, thresholdRows, whyNoIntervals, workloadText } from './run-facts.ts'
import { trialHead, trialRows } from './search-facts.ts'

const style = `
body { background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; max-width: 800px; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; margin: 1em 0 }
th, td { border-bottom: 1px solid var(--faint); padding: .25em .8em .25em 0; text-align: left; vertical-align: top }
pre { overflow-x: auto }
`

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
    table([], facts),
    ...(result?.thresholds?.length
      ? ['<h2>Thresholds</h2>', table(['Verdict', 'Threshold', 'Measured'], thresholdRows(result))]
      : []),
    ...(result?.search ? ['<h2>Trials</h2>', table(trialHead, trialRows(result.search))] : []),
    ...(result?.percentiles?.length
      ? [
          `<h2>Percentiles ${result.search ? 'of the soak' : 'after the warm-up'}</h2>`,
          table(percentileHead, percentileRows(result)),
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
          table(partitionHead, partitions.rows),
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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${chartStyle}${style}</style>
</head>
<body>
${parts.join('\n')}
</body>
</html>
`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const first = head.length === 0 ? '' : `<tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join('')}</tr>\n`
  const cells = (row: readonly string[]) =>
    row.map((cell, nth) => {
      const tag = head.length === 0 && nth === 0 ? 'th' : 'td'
      return `<${tag}>${escaped(cell)}</${tag}>`
    })
  return `<table>\n${first}${rows.map((row) => `<tr>${cells(row).join('')}</tr>`).join('\n')}\n</table>`
}
