import { stdout } from 'node:process'
import type { FigureName } from '#shared/contracts/compared-runs.ts'
import type { BaselineList } from '#shared/contracts/load-baselines.ts'
import type { FigureComparison, LoadTestComparison, LoadTestHistory } from '#shared/contracts/load-comparison.ts'
import { printTable } from '../answer.ts'
import { grouped, milliseconds } from '../figures.ts'
import { counted, type Output, paint, table } from '../output.ts'

const names: Record<FigureName, string> = {
  throughput: 'rate',
  responseP50: 'response p50',
  responseP99: 'response p99',
  serviceP99: 'service p99',
  clientCost: 'client cost'
}

const units: Record<FigureName, string> = {
  throughput: 'records/s',
  responseP50: 'ms',
  responseP99: 'ms',
  serviceP99: 'ms',
  clientCost: 'µs/record'
}

const colours = { faster: 'green', equivalent: 'green', slower: 'red', inconclusive: 'yellow' } as const

const reasons: Record<NonNullable<FigureComparison['because']>, string> = {
  tooFewRuns: 'so few runs cannot show a difference in so many figures',
  notPositive: 'a run has 0',
  noDifferenceShown: 'no difference shown',
  withinReachOfMargin: 'differs by about the margin of 3 %'
}

/** A comparison as text: the verdict, figure by figure, and what to know about it. */
export function printComparison(
  output: Output,
  comparison: LoadTestComparison,
  width: number | undefined = stdout.columns || undefined
): void {
  const { verdict, design, a, b, figures, leftOut, notes, refusals, differing } = comparison
  output.print(verdict === null ? paint('red', 'NOT COMPARED') : paint(colours[verdict], verdict.toUpperCase()))
  output.print(`a  ${sideInWords(a)}`)
  output.print(`b  ${sideInWords(b)}${design === 'paired' ? ', in turn with a' : ''}`)
  for (const { message } of refusals) output.print(message)
  if (refusals.some(({ reason }) => reason === 'environmentDiffers')) {
    output.print('If that is what you compare, name it: --varying <part>')
  }
  if (figures.length > 0) {
    const level = Math.round((figures.find((each) => each.level !== null)?.level ?? 0.9) * 100)
    const head = ['FIGURE', 'A', 'B', 'CHANGE', `${level} % INTERVAL`, 'P', 'VERDICT']
    output.print('')
    output.print(table(head, figures.map(figureRow), width))
    if (differing.length + leftOut.length + notes.length > 0) output.print('')
  }
  if (refusals.length === 0) {
    for (const { part, a: ofA, b: ofB } of differing) {
      output.print(`Differs: ${part} (${ofA ?? 'unknown'}, ${ofB ?? 'unknown'})`)
    }
  }
  for (const { figure, reason } of leftOut) output.print(`Left out: ${names[figure]}, because ${reason}`)
  for (const note of notes) output.print(paint('yellow', `Note: ${note}`))
}

function sideInWords({ baseline, workload, workloadHash, runs }: LoadTestComparison['a']): string {
  const of = `${counted(runs.length, 'run')} of ${workload ?? 'an unknown workload'} (${workloadHash ?? 'unknown'})`
  return baseline === null ? of : `baseline ${baseline}: ${of}`
}

function figureRow({ figure, a, b, ratio, low, high, adjustedP, verdict, because }: FigureComparison): string[] {
  const percent = (value: number | null) => (value === null ? '-' : signed((value - 1) * 100))
  return [
    `${names[figure]}, ${units[figure]}`,
    figureText(figure, a),
    figureText(figure, b),
    ratio === null ? '-' : `${percent(ratio)}%`,
    low === null ? '-' : `${percent(low)} to ${percent(high)}`,
    adjustedP === null ? '-' : adjustedP.toFixed(3),
    paint(colours[verdict], because === null ? verdict : `${verdict}: ${reasons[because]}`)
  ]
}

function figureText(figure: FigureName, value: number | null): string {
  if (value === null) return '-'
  return figure === 'throughput' ? grouped(value) : milliseconds(value)
}

/** A change in percent with its sign. */
function signed(percent: number): string {
  const shown = percent.toFixed(1)
  if (Number(shown) === 0) return '0.0'
  return percent > 0 ? `+${shown}` : shown
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
    output.print(`Fewer than 12 runs show: ${unjudged.map((figure) => names[figure]).join(', ')}`)
  }
  const { otherWorkload, otherEnvironment } = leftOut
  if (otherWorkload > 0) output.print(`Left out: ${counted(otherWorkload, 'run')} of another workload by this name`)
  if (otherEnvironment > 0) output.print(`Left out: ${counted(otherEnvironment, 'run')} in another environment`)
}

function changeInWords({ figure, magnitude, verdict }: LoadTestHistory['changes'][number]): string {
  const by = magnitude === null ? '' : ` ${signed(magnitude * 100)}%`
  const text = `${names[figure]}${by}${verdict === null ? '' : `, ${verdict}`}`
  return paint(verdict === 'slower' ? 'red' : 'green', text)
}

export function printBaselines(output: Output, { baselines }: BaselineList): void {
  const rows = baselines.map(({ id, workload, runs, savedAt }) => [id, workload ?? '-', String(runs.length), savedAt])
  printTable(output, ['BASELINE', 'WORKLOAD', 'RUNS', 'SAVED'], rows, 'There are no baselines.')
}
