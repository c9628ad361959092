import { join } from 'node:path'
import { Argument, type Command } from 'commander'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { type DrillOptions, drillRequest } from '../drills/drill-request.ts'
import { showPlan } from '../drills/show-plan.ts'
import { examples, reads } from '../options.ts'
import { printKinds } from '../print/drill-plan.ts'
import { describesDrill, drillKindNames } from './drill-run.ts'

/** `kops drill kinds` and `kops drill plan`. */
export function addDrillPlanCommands(drill: Command, context: CommandContext): void {
  const { output } = context
  reads(
    drill.command('kinds').description('the kinds of drills: what each needs, and whether this cluster can do it')
  ).action(async (options: ReadOptions) => {
    const client = await clientFor(context)
    const kinds = await client.call(endpoints.drillKinds, {})
    show(output, options, kinds, () => printKinds(output, kinds))
  })

  examples(
    reads(
      describesDrill(
        drill
          .command('plan')
          .description('what a drill would break, its guards and its prediction; exits with 0 if it would be started')
          .addArgument(new Argument('<kind>', 'kops drill kinds lists them').choices(drillKindNames))
      )
    ),
    'drill plan broker-kill --node kafka-2'
  ).action(async (kind: string, { json, ...options }: DrillOptions & ReadOptions) => {
    const workloads = join(context.projectRoot, 'workloads')
    await showPlan(context, await drillRequest(kind, options, workloads), { json })
  })
}
