import { stdout } from 'node:process'
import type { DrillSchedules } from '#shared/contracts/drill-schedules.ts'
import type { GameDayPlan } from '#shared/contracts/gameday-plan.ts'
import type { GameDay, GameDayStepResult } from '#shared/contracts/gamedays.ts'
import { ago } from '#shared/reports/figures.ts'
import { printTable } from '../answer.ts'
import { type Output, paint, table } from '../output.ts'
import { plain } from '../paint.ts'
import { wrap } from '../table.ts'
import { printPlan } from './drill-plan.ts'

const resultColours = { pass: 'green', fail: 'red', inconclusive: 'yellow', aborted: 'yellow' } as const
const stateColours = {
  waiting: 'dim',
  running: 'bold',
  passed: 'green',
  failed: 'red',
  inconclusive: 'yellow',
  aborted: 'yellow',
  skipped: 'dim'
} as const

export function printStepStart(
  output: Output,
  step: GameDayStepResult,
  { number, of }: { number: number; of: number }
) {
  output.print(`${paint('bold', `Step ${number} of ${of}: ${plain(step.what)}`)}`)
}

export function printStepEnd(output: Output, { state, detail, startedAt, finishedAt }: GameDayStepResult): void {
  const took = startedAt === null || finishedAt === null ? '' : ` after ${secondsBetween(startedAt, finishedAt)} s`
  output.print(`${paint(stateColours[state], `  ${state}`)}${took}`)
  if (detail !== null && state !== 'passed') output.print(indented(detail))
}

/** What a game day would do now, step by step. */
export function printGameDayPlan(output: Output, { guards, steps, admitted }: GameDayPlan): void {
  for (const { name, reading } of guards.filter(({ passed }) => !passed)) {
    output.print(`${paint('red', `${name} refuses it`)}: ${plain(reading)}`)
  }
  for (const [index, { what, admitted, detail, drill, load }] of steps.entries()) {
    output.print(paint('bold', `Step ${index + 1} of ${steps.length}: ${plain(what)}`))
    if (drill) printPlan(output, drill)
    else if (detail !== null) output.print(admitted ? indented(detail) : paint('red', indented(detail)))
    if (load) output.print(indented(`${load.records ?? 'unknown'} records in ${load.seconds ?? 'unknown'} s`))
  }
  output.print('')
  output.print(
    admitted ? paint('green', 'It would be started.') : paint('red', 'It would be refused, or a step would.')
  )
}

/** The steps with what became of each, and the verdict. */
export function printGameDayEnd(output: Output, { id, steps, verdict, failure }: GameDay): void {
  output.print('')
  const rows = steps.map(({ what, state, drill, run }, index) => [
    String(index + 1),
    plain(what),
    paint(stateColours[state], state),
    drill ?? run ?? ''
  ])
  output.print(table(['STEP', 'WHAT', 'STATE', 'DRILL OR RUN'], rows))
  if (failure !== undefined) output.print(paint('red', plain(failure)))
  if (!verdict) return
  output.print('')
  output.print(`${paint(resultColours[verdict.result], verdict.result.toUpperCase())}  ${paint('dim', id)}`)
  for (const reason of verdict.reasons) output.print(indented(reason))
}

export function printGameDays(output: Output, gameDays: readonly GameDay[]): void {
  const rows = gameDays.map(({ id, name, status, verdict, createdAt, steps }) => {
    const passed = steps.filter(({ state }) => state === 'passed').length
    const result = verdict ? paint(resultColours[verdict.result], verdict.result.toUpperCase()) : paint('bold', status)
    return [id, name, result, `${passed} of ${steps.length}`, ago(createdAt)]
  })
  printTable(output, ['ID', 'NAME', 'VERDICT', 'STEPS PASSED', 'STARTED'], rows, 'There are no game days.')
}

export function printSchedules(output: Output, { schedules }: DrillSchedules): void {
  const rows = schedules.map(({ name, what, cron, timeZone, next, last, verdict }) => [
    name,
    plain(what),
    `${cron} ${timeZone}`,
    next[0] ?? 'never',
    last ? `${last.outcome} ${ago(last.dueAt)}${verdict === null ? '' : `: ${verdict}`}` : '-',
    plain(last?.detail ?? '')
  ])
  const none = 'There are no schedules: KOPS_DRILL_SCHEDULES of load-test-service names their file.'
  printTable(output, ['NAME', 'WHAT', 'CRON', 'NEXT', 'LAST', 'BECAUSE'], rows, none)
}

function indented(text: string): string {
  return `  ${wrap(plain(text), Math.max(20, (stdout.columns || 10_000) - 2)).replaceAll('\n', '\n  ')}`
}

function secondsBetween(from: string, to: string): string {
  return ((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)
}
