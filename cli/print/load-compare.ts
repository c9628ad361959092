import { stdout } from 'node:process'
import type { FigureName } from '#shared/contracts/compared-runs.ts'
import type { BaselineList } from '#shared/contracts/load-baselines.ts'
import type { LoadTestComparison, LoadTestHistory } from '#shared/contracts/load-comparison.ts'
import {
  changeInWords,
  comparisonHead,
  comparisonNotes,
  comparisonRow,
  figureNames,
  figureText,
  sideInWords
} from '#shared/load-report/comparison-facts.ts'
import { printTable } from '../answer.ts'
import { counted, type Output, paint, table } from '../output.ts'

const colours = { faster: 'green', equivalent: 'green', slower: 'red', inconclusive: 'yellow' } as const

/** A comparison as text: the verdict, figure by figure, and what to know about it. */
export function printComparison(
  output: Output,
  comparison: LoadTestComparison,
  width: number | undefined = stdout.columns || undefined
): void {
  const { verdict, design, a, b, figures, refusals } = comparison
  const notes = comparisonNotes(comparison)
  output.print(verdict === null ? paint('red', 'NOT COMPARED') : paint(colours[verdict], verdict.toUpperCase()))
  output.print(`a  ${sideInWords(a)}`)
  output.print(`b  ${sideInWords(b)}${design === 'paired' ? ', in turn with a' : ''}`)
  for (const { message } of refusals) output.print(message)
  if (refusals.some(({ reason }) => reason === 'environmentDiffers')) {
    output.print('If that is what you compare, name it: --varying <part>')
  }
  if (figures.length > 0) {
    const rows = figures.map((figure) => {
      const row = comparisonRow(figure)
      return row.with(-1, paint(colours[figure.verdict], row.at(-1) ?? ''))
    })
    output.print('')
    output.print(table(comparisonHead(figures), rows, width))
    if (notes.length > 0) output.print('')
  }
  for (const note of notes) output.print(note.startsWith('Note: ') ? paint('yellow', note) : note)
}

const columns: [figure: FigureName, head: string][] = [
  ['throughput', 'RATE/S'],
  ['responseP50', 'P50 MS'],
  ['responseP99', 'P99 MS'],
  ['serviceP99', 'SERVICE P99'],
  ['clientCost', 'CLIENT µs']
]

/** A history as a table, oldest first, with a mark at each change. */
export function printHistory(
  output: Output,
  history: LoadTestHistory,
  width: number | undefined = stdout.columns || undefined
): void {
  const { workload, workloadHash, runs, changes, unjudged, leftOut } = history
  const rows = runs.map(({ id, createdAt, figures, limitedBy }) => [
    id,
    createdAt.slice(0, 16).replace('T', ' '),
    ...columns.map(([figure]) => figureText(figure, figures[figure])),
    limitedBy ?? '-',
    changes
      .filter(({ run }) => run === id)
      .map(changeInWords)
      .join('; ')
  ])
  output.print(`${workload} (${workloadHash}): ${counted(runs.length, 'run')}, times in UTC`)
  output.print(table(['RUN', 'AT', ...columns.map(([, head]) => head), 'LIMITED BY', 'CHANGE'], rows, width))
  if (unjudged.length === columns.length) output.print('Changes are looked for from 12 runs on.')
  else if (unjudged.length > 0) {
    output.print(`Fewer than 12 runs show: ${unjudged.map((figure) => figureNames[figure]).join(', ')}`)
  }
  const { otherWorkload, otherEnvironment } = leftOut
  if (otherWorkload > 0) output.print(`Left out: ${counted(otherWorkload, 'run')} of another workload by this name`)
  if (otherEnvironment > 0) output.print(`Left out: ${counted(otherEnvironment, 'run')} in another environment`)
}

export function printBaselines(output: Output, { baselines }: BaselineList): void {
  const rows = baselines.map(({ id, workload, runs, savedAt }) => [id, workload ?? '-', String(runs.length), savedAt])
  printTable(output, ['BASELINE', 'WORKLOAD', 'RUNS', 'SAVED'], rows, 'There are no baselines.')
}
