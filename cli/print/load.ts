import { stdout } from 'node:process'
import type { LoadControl } from '#shared/contracts/load-control.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import {
  factsOf,
  percentileHead,
  percentileRows,
  rateInWords,
  thresholdRows,
  whyNoIntervals
} from '#shared/load-report/run-facts.ts'
import { trialHead, trialRows } from '#shared/load-report/search-facts.ts'
import { milliseconds } from '#shared/reports/figures.ts'
import { printTable } from '../answer.ts'
import { controlFacts } from '../load/control.ts'
import { lineOf } from '../load/run-progress.ts'
import { type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'
import { wrap } from '../table.ts'

const colours = { pending: 'dim', running: 'bold', completed: 'green', aborted: 'yellow', failed: 'red' } as const
const indent = 14

/**
 * A run as text: what it did, what it measured and with what certainty.
 * @param width of the terminal, in characters; undefined without one
 */
export function printRun(output: Output, run: LoadTestRun, width: number | undefined = stdout.columns || undefined) {
  const { id, status, result } = run
  output.print(`${paint(colours[status], status.toUpperCase())}  ${id}`)
  for (const [name, text] of factsOf(run)) {
    const lines = wrap(text, Math.max(20, (width ?? Number.POSITIVE_INFINITY) - indent)).split('\n')
    const shown = `${name.padEnd(indent)}${lines.join(`\n${' '.repeat(indent)}`)}`
    output.print(name === 'Limited by' && result?.limitedBy === 'client' ? paint('yellow', shown) : shown)
  }
  if (!result) {
    const line = lineOf(run)
    if (line !== '') output.print(line)
    return
  }
  if (result.search) {
    output.print('')
    output.print(table(trialHead, trialRows(result.search), width))
  }
  const percentiles = percentileRows(result)
  if (percentiles.length > 0) {
    output.print('')
    output.print(table(percentileHead, percentiles, width))
    const none = whyNoIntervals(result)
    if (none !== undefined) output.print(paint('dim', none))
  }
  const thresholds = thresholdRows(result)
  if (thresholds.length > 0) {
    const rows = thresholds.map(([verdict, ...rest]) => [
      paint(verdict === 'passed' ? 'green' : 'red', verdict),
      ...rest
    ])
    output.print('')
    output.print(table(['VERDICT', 'THRESHOLD', 'MEASURED'], rows, width))
  }
  output.print('')
  output.print(paint('dim', `Report: kops load report ${id} --format html -o load-test.html`))
}

/** What the second witness of a run saw. */
export function printControl(output: Output, control: LoadControl): void {
  for (const [name, text] of controlFacts(control)) output.print(`${name.padEnd(indent)}${text}`)
}

/** A ready workload with the question that it answers. */
export function printWorkload(
  output: Output,
  { name, workload, comment }: { name: string; workload: Workload; comment: string },
  width = Math.min(100, stdout.columns || 100)
): void {
  output.print(paint('bold', name))
  for (const text of [
    plain(workload.description ?? rateInWords(workload.rate ?? { kind: 'closed' })),
    plain(comment)
  ]) {
    if (text !== '') output.print(`  ${wrap(text, width - 2).replaceAll('\n', '\n  ')}`)
  }
}

export function printRuns(output: Output, runs: readonly LoadTestRun[]): void {
  const rows = runs.map(({ id, status, topic, workload, result, progress }) => [
    id,
    workload?.name ?? '-',
    paint(colours[status], status),
    workload?.topic.kind === 'temporary' ? '(temporary)' : topic,
    progress === null ? '?' : String(progress.acknowledged + (progress.unconfirmed ?? 0)),
    result ? String(Math.round(result.steadyState?.eventsPerSecond ?? result.eventsPerSecond)) : '-',
    milliseconds(result?.percentiles?.find((each) => each.of === 'responseTime' && each.percentile === 99)?.valueMs)
  ])
  const head = ['ID', 'WORKLOAD', 'STATUS', 'TOPIC', 'RECORDS', 'RATE/S', 'P99 MS']
  printTable(output, head, rows, 'There are no load tests.')
}
