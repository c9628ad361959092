import type { Drill } from '#shared/contracts/drills.ts'
import { htmlPage, htmlTable } from '#shared/reports/html-page.ts'
import { escaped } from '#shared/reports/line-chart.ts'
import {
  comparisonHead,
  comparisonRows,
  configurationRows,
  consumerHead,
  consumerRows,
  eventHead,
  eventRows,
  evidenceHead,
  evidenceRows,
  factRows,
  findingHead,
  findingRows,
  guardHead,
  guardRows,
  partitionHead,
  partitionRows,
  resultOf,
  titleOf
} from './report-facts.ts'
import { timelineChart, timelineStyle } from './timeline-chart.ts'

const style = `${timelineStyle}
body { max-width: 1000px }
.verdict { display: inline-block; padding: .1em .7em; border-radius: .4em; color: var(--ground); background: var(--doubt); font-weight: 700 }
.verdict.pass { background: var(--good) }
.verdict.fail { background: var(--bad) }
.wide { overflow-x: auto }
h2 { margin: 1.4em 0 .4em }
table { margin: .4em 0 }
`

type Rows = readonly (readonly string[])[]

/** A drill as one HTML file, with its timeline drawn; it loads nothing and runs no script. */
export function drillHtml(drill: Drill): string {
  const { verdict, request } = drill
  const chart = timelineChart(drill)
  const partitions = partitionRows(drill)
  const section = (title: string, head: readonly string[], rows: Rows) =>
    rows.length === 0 ? [] : [`<h2>${title}</h2>`, `<div class="wide">${htmlTable(head, rows)}</div>`]
  const parts = [
    `<h1>${escaped(titleOf(drill))}</h1>`,
    `<p><span class="verdict ${verdict?.result ?? ''}">${escaped(resultOf(drill))}</span></p>`,
    ...(verdict ? [`<ul>${verdict.reasons.map((reason) => `<li>${escaped(reason)}</li>`).join('')}</ul>`] : []),
    ...(chart === undefined ? [] : ['<h2>Timeline</h2>', chart]),
    ...section('Predicted and measured', comparisonHead, comparisonRows(drill)),
    ...section('Whether the fault took effect', evidenceHead, evidenceRows(drill)),
    ...section('Records', findingHead, findingRows(drill)),
    ...section('Consumers', consumerHead, consumerRows(drill)),
    ...section('Partitions', partitionHead, partitions.rows),
    ...(partitions.leftOut > 0
      ? [`<p>Those that waited longest; ${partitions.leftOut} more are in the JSON report.</p>`]
      : []),
    ...section('Guards', guardHead, guardRows(drill)),
    ...section('Events', eventHead, eventRows(drill)),
    ...section('About', [], factRows(drill)),
    ...folded('Configuration of the cluster', htmlTable([], configurationRows(drill)), drill.fingerprint !== undefined),
    ...folded('Request', `<pre>${escaped(JSON.stringify(request, null, 2) ?? '')}</pre>`, request !== undefined)
  ]
  return htmlPage(`${titleOf(drill)}: ${resultOf(drill)}`, parts, style)
}

function folded(title: string, content: string, isKnown: boolean): string[] {
  return isKnown ? [`<details><summary>${title}</summary>${content}</details>`] : []
}
