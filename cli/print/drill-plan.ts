import type { DrillKinds, DrillPlan } from '#shared/contracts/drills.ts'
import { printTable } from '../answer.ts'
import { type Output, paint } from '../output.ts'
import { plain } from '../paint.ts'
import { printFacts, printGuards, printPrediction } from './drill.ts'

/** Each kind with the options that it needs, and whether this cluster can do it. */
export function printKinds(output: Output, { kinds, runtime, mode }: DrillKinds): void {
  const rows = kinds.map(({ kind, title, available, detail, requires }) => [
    kind,
    available ? paint('green', 'yes') : paint('yellow', 'no'),
    requires.map(optionOf).join(' ') || '-',
    plain(available ? title : `${title}. Here: ${detail}`)
  ])
  output.print(paint('dim', `Runtime ${runtime}, metadata in ${mode === 'kraft' ? 'KRaft' : 'ZooKeeper'}:`))
  printTable(output, ['KIND', 'POSSIBLE', 'NEEDS', 'WHAT IT DOES'], rows, 'There are no kinds of drills.')
}

/** What a drill would do now. */
export function printPlan(output: Output, plan: DrillPlan): void {
  const { target, stages, prediction, admitted } = plan
  printFacts(output, [
    ['Target', `${target.nodes.join(', ')}: ${target.detail}`],
    ...stages.map(({ name, faults, holdMs }): [string, string] => [
      stages.length === 1 ? 'Fault' : `Stage ${name}`,
      `${faults.join(', ')} for ${holdMs / 1000} s`
    ])
  ])
  printPrediction(output, prediction)
  output.print('')
  printGuards(output, plan)
  output.print('')
  output.print(admitted ? paint('green', 'It would be started.') : paint('red', 'Its guards would refuse it.'))
}

/** The option that sets a field of a request: `faultDurationMs` is `--duration`. */
function optionOf(field: string): string {
  if (field === 'faultDurationMs') return '--duration'
  return `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
