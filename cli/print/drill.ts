import { stdout } from 'node:process'
import type { DrillPrediction } from '#shared/contracts/drill-plan.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import { ago } from '#shared/reports/figures.ts'
import { printTable } from '../answer.ts'
import { eventText, predictionFacts } from '../drills/drill-lines.ts'
import { comparisonRows, factRows, findingRows, guardRows, resultOf } from '../drills/report-facts.ts'
import { type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'
import { wrap } from '../table.ts'

const colours = { pass: 'green', fail: 'red', inconclusive: 'yellow', aborted: 'yellow' } as const
const indent = 11

/** Prints names and texts, wrapped beside the names. @param width of the terminal; undefined without one */
export function printFacts(
  output: Output,
  facts: readonly (readonly [name: string, text: string])[],
  width: number | undefined = stdout.columns || undefined
): void {
  for (const [name, text] of facts) {
    const room = Math.max(20, (width ?? Number.POSITIVE_INFINITY) - indent)
    output.print(
      `${paint('bold', name.padEnd(indent))}${wrap(plain(text), room).replaceAll('\n', `\n${' '.repeat(indent)}`)}`
    )
  }
}

/** What guards read, and what they allow; those that refuse are red. */
export function printGuards(output: Output, drill: Pick<Drill, 'guards'>): void {
  const rows = guardRows(drill as Drill).map(([name = '', passed = '', reading = '', limit = '']) => [
    name,
    passed === 'yes' ? paint('green', passed) : paint(passed === 'NO' ? 'red' : 'yellow', passed),
    plain(reading),
    plain(limit)
  ])
  output.print(table(['GUARD', 'PASSED', 'READING', 'LIMIT'], rows))
}

export function printPrediction(output: Output, prediction: DrillPrediction): void {
  printFacts(output, predictionFacts(prediction))
}

/** An event as it is printed, with its detail beside it. */
export function printEvent(
  output: Output,
  event: Drill['timeline'][number],
  drill: Pick<Drill, 'createdAt' | 'prediction'>,
  width: number | undefined = stdout.columns || undefined
): void {
  const { when, what, detail } = eventText(event, drill)
  const head = `${when}  ${what}`
  const room = (width ?? Number.POSITIVE_INFINITY) - head.length - 2
  // Beside the event if it fits there, otherwise below it.
  const below = `\n${' '.repeat(when.length + 2)}`
  const shown =
    detail.length <= room
      ? `  ${detail}`
      : `${below}${wrap(detail, Math.max(20, (width ?? 80) - when.length - 2)).replaceAll('\n', below)}`
  output.print(`${paint('dim', when)}  ${what}${detail === '' ? '' : paint('dim', shown)}`)
}

/** The verdict with its reasons, and what was measured beside what was predicted. */
export function printVerdict(output: Output, drill: Drill): void {
  const { verdict, failure } = drill
  if (failure) output.print(paint('red', plain(failure)))
  if (!verdict) return
  const comparison = comparisonRows(drill).map(
    ([name = '', predicted = '', measured = '', within = '', because = '']) => [
      name,
      predicted,
      measured,
      within === 'NO' ? paint('yellow', within) : within,
      plain(because)
    ]
  )
  if (comparison.length > 0) {
    output.print('')
    output.print(table(['TIME', 'PREDICTED', 'MEASURED', 'WITHIN', 'BECAUSE'], comparison))
  }
  const findings = findingRows(drill)
  if (findings.length > 0) {
    output.print('')
    output.print(
      table(
        ['FINDING', 'RECORDS', '', 'WHAT IT IS'],
        findings.map((row) => row.map(plain))
      )
    )
  }
  output.print('')
  output.print(paint(colours[verdict.result], verdict.result.toUpperCase()))
  for (const reason of verdict.reasons) {
    output.print(`  ${wrap(plain(reason), Math.max(20, (stdout.columns || 10_000) - 2)).replaceAll('\n', '\n  ')}`)
  }
}

/** A drill as it is kept: what it was, its guards, its timeline and its verdict. */
export function printDrill(output: Output, drill: Drill): void {
  const { kind, guards, prediction, timeline } = drill
  printFacts(output, [
    ['Kind', kind],
    ...factRows(drill).flatMap(([name = '', text = '']): [string, string][] =>
      name.length < indent ? [[name, text]] : []
    )
  ])
  if (prediction) printPrediction(output, prediction)
  if (guards) {
    output.print('')
    printGuards(output, drill)
  }
  output.print('')
  for (const event of timeline) printEvent(output, event, drill)
  printVerdict(output, drill)
}

export function printDrills(output: Output, drills: readonly Drill[]): void {
  const rows = drills.map((drill) => {
    const result = resultOf(drill)
    const colour = drill.verdict ? colours[drill.verdict.result] : 'bold'
    return [drill.id, drill.kind, drill.node, paint(colour, result), ago(drill.createdAt), reasonOf(drill)]
  })
  printTable(output, ['ID', 'KIND', 'NODE', 'VERDICT', 'STARTED', 'REASON'], rows, 'There are no drills.')
}

/** Why a drill did not pass. */
function reasonOf({ verdict, failure }: Drill): string {
  if (verdict?.result === 'pass') return ''
  return plain(verdict?.reasons[0] ?? failure ?? '')
}
