import type { LoadTestReport } from '#shared/contracts/load-test.ts'
import { markdownDetails, markdownTable } from '../reports/markdown.ts'
import { factsOf, percentileHead, percentileRows, thresholdRows, whyNoIntervals } from './run-facts.ts'
import { trialHead, trialRows } from './search-facts.ts'
import { workloadText } from './workload-text.ts'

/** A report as Markdown, for a pull request. */
export function markdownReport({ run }: LoadTestReport): string {
  const { result, workload } = run
  const thresholds = result ? thresholdRows(result) : []
  const percentiles = result ? percentileRows(result) : []
  const intervals = result ? whyNoIntervals(result) : undefined
  const parts = [
    `## Load test${workload ? ` ${workload.name}` : ''}: ${run.status}`,
    markdownTable(['', ''], [['Run', `\`${run.id}\`, ${run.createdAt}`], ...factsOf(run)]),
    ...(thresholds.length > 0 ? [markdownTable(['Verdict', 'Threshold', 'Measured'], thresholds)] : []),
    ...(result?.search ? [markdownTable(trialHead, trialRows(result.search))] : []),
    ...(percentiles.length > 0 ? [markdownTable(percentileHead, percentiles)] : []),
    ...(intervals === undefined ? [] : [intervals]),
    ...(workload ? [markdownDetails('Workload', 'yaml', workloadText(workload))] : [])
  ]
  return `${parts.join('\n\n')}\n`
}
