import { setTimeout as sleep } from 'node:timers/promises'
import { Argument, type Command } from 'commander'
import type { Drill, DrillKind } from '#shared/contracts/drills.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { type Output, paint } from '../output.ts'
import { addDrillReportCommand } from './drill-report.ts'

const ended = new Set<Drill['status']>(['completed', 'aborted', 'failed'])
const colours = { pass: 'green', fail: 'red', inconclusive: 'yellow', aborted: 'yellow' } as const

/** `kops drill <kind> <node>`: runs a drill, shows its timeline live, and exits with 0 only if it passed. */
export function addDrillCommand(drill: Command, context: CommandContext): void {
  drill
    .addArgument(new Argument('<kind>').choices(['broker-stop', 'network-partition']))
    .argument('<node>', 'kafka-1..3')
    .option('--json', 'print the full report as JSON at the end, without a timeline')
    .action(async (kind: DrillKind, node: string, { json }: { json?: boolean }) => {
      const client = await clientFor(context)
      const { id } = await client.call(endpoints.startDrill, { body: { kind, node } })
      let shown = 0
      for (;;) {
        const drill = await client.call(endpoints.drill, { params: { id } })
        if (!json) shown = showEvents(context.output, drill, shown)
        if (ended.has(drill.status)) {
          if (json) context.output.print(JSON.stringify(drill, null, 2))
          else showVerdict(context.output, drill)
          process.exitCode = drill.verdict?.result === 'pass' ? 0 : 1
          return
        }
        await sleep(500)
      }
    })
  addDrillReportCommand(drill, context)
}

function showEvents(output: Output, { timeline, createdAt }: Drill, from: number): number {
  for (const { at, event, detail } of timeline.slice(from)) {
    const seconds = ((Date.parse(at) - Date.parse(createdAt)) / 1000).toFixed(1).padStart(6)
    output.print(`${paint('dim', `${seconds} s`)}  ${event}${detail ? paint('dim', `  ${detail}`) : ''}`)
  }
  return timeline.length
}

function showVerdict(output: Output, { verdict, failure }: Drill): void {
  if (failure) output.print(paint('red', failure))
  if (!verdict) return
  output.print('')
  output.print(paint(colours[verdict.result], verdict.result.toUpperCase()))
  for (const reason of verdict.reasons) output.print(`  ${reason}`)
}
