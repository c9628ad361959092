import type { LoadTestReport } from '#shared/contracts/load-test.ts'
import { factsOf, percentileHead, percentileRows, thresholdRows, whyNoIntervals, workloadText } from './run-facts.ts'
import { trialHead, trialRows } from './search-facts.ts'

/** A report as Markdown, for a pull request. */
export function markdownReport({ run }: LoadTestReport): string {
  const { result, workload } = run
  const thresholds = result ? thresholdRows(result) : []
  const percentiles = result ? percentileRows(result) : []
  const intervals = result ? whyNoIntervals(result) : undefined
  const parts = [
    `## Load test${workload ? ` ${workload.name}` : ''}: ${run.status}`,
    table(['', ''], [['Run', `\`${run.id}\`, ${run.createdAt}`], ...factsOf(run)]),
    ...(thresholds.length > 0 ? [table(['Verdict', 'Threshold', 'Measured'], thresholds)] : []),
    ...(result?.search ? [table(trialHead, trialRows(result.search))] : []),
    ...(percentiles.length > 0 ? [table(percentileHead, percentiles)] : []),
    ...(intervals === undefined ? [] : [intervals]),
    ...(workload
      ? [`<details><summary>Workload</summary>\n\n\`\`\`yaml\n${fenced(workloadText(workload))}\n\`\`\`\n\n</details>`]
      : [])
  ]
  return `${parts.join('\n\n')}\n`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cellOf).join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

/** Text that others wrote neither ends its cell nor begins markup. */
function cellOf(text: string): string {
  return text.replaceAll(/[\\|<>*_[\]]/g, '\\$&').replaceAll('\n', ' ')
}

/** YAML whose lines cannot end the block that it stands in. */
function fenced(text: string): string {
  return text.replaceAll('```', '` ` `')
}
