import type { Drill } from '#shared/contracts/drills.ts'
import { markdownDetails, markdownTable, markdownText } from '#shared/reports/markdown.ts'
import {
  comparisonHead,
  comparisonRows,
  consumerHead,
  consumerRows,
  evidenceHead,
  evidenceRows,
  factRows,
  findingHead,
  findingRows,
  guardHead,
  guardRows,
  resultOf,
  titleOf
} from './report-facts.ts'

type Rows = readonly (readonly string[])[]

/** A drill as Markdown, for a pull request. */
export function drillMarkdown(drill: Drill): string {
  const { verdict, request } = drill
  const section = (head: readonly string[], rows: Rows) => (rows.length === 0 ? [] : [markdownTable(head, rows)])
  const parts = [
    `## ${markdownText(titleOf(drill))}: ${resultOf(drill)}`,
    ...(verdict ? [verdict.reasons.map((reason) => `- ${markdownText(reason)}`).join('\n')] : []),
    ...section(comparisonHead, comparisonRows(drill)),
    ...section(evidenceHead, evidenceRows(drill)),
    ...section(findingHead, findingRows(drill)),
    ...section(consumerHead, consumerRows(drill)),
    ...section(
      guardHead,
      guardRows(drill).filter(([, passed]) => passed !== 'yes')
    ),
    markdownTable(['', ''], factRows(drill)),
    ...(request === undefined ? [] : [markdownDetails('Request', 'json', JSON.stringify(request, null, 2))])
  ]
  return `${parts.join('\n\n')}\n`
}
