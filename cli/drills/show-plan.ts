import type { StartDrill } from '#shared/contracts/drill-request.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { exit } from '../exit-codes.ts'
import { printPlan } from '../print/drill-plan.ts'

/** Shows what a drill would do. The exit code is 1 if its guards would refuse it. @throws KopsError if it is not possible */
export async function showPlan(
  context: CommandContext,
  body: Omit<StartDrill, 'dryRun'>,
  options: ReadOptions
): Promise<void> {
  const { output } = context
  const client = await clientFor(context)
  const plan = await client.call(endpoints.planDrill, { body, timeoutMs: 60_000 })
  show(output, options, plan, () => printPlan(output, plan))
  if (!plan.admitted) process.exitCode = exit.refused
}
