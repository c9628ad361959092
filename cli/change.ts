import { type ReadOptions, show } from './answer.ts'
import type { CommandContext } from './context.ts'
import { exit } from './exit-codes.ts'
import { type Output, UsageError } from './output.ts'

export interface ChangeOptions extends ReadOptions {
  dryRun?: boolean
}

export interface DestroyOptions extends ChangeOptions {
  yes?: boolean
}

/** What `forces` adds. */
export interface Forced {
  force?: boolean
  reason?: string
}

export interface Change<Plan extends object> {
  /** Requests the plan from the service, or carries it out. */
  call: (dryRun: boolean) => Promise<Plan>
  print: (output: Output, plan: Plan) => void
  /** Throws what the service would refuse, so that the prompt does not appear in vain. */
  refuse?: (plan: Plan) => void
  /** The notice before the prompt for the name, if the change can be undone. */
  notice?: string
  /** Whether part of it was not done although the service answered. */
  failed?: (plan: Plan) => boolean
}

/** Carries a change out, or with --dry-run shows its plan. Sets the exit code to 1 if part of it was not done. */
export async function carryOut<Plan extends object>(
  { output }: CommandContext,
  options: ChangeOptions,
  { call, print, failed }: Change<Plan>
): Promise<void> {
  const plan = await call(options.dryRun ?? false)
  show(output, options, plan, (plan) => print(output, plan))
  if (failed?.(plan)) process.exitCode = exit.refused
}

/**
 * Carries out a destructive change: on a terminal after showing the plan and asking for the name, elsewhere only with
 * --yes.
 * @param name of what is destroyed, to be typed
 * @throws UsageError if there is no terminal
 */
export async function destroy<Plan extends object>(
  context: CommandContext,
  options: DestroyOptions,
  name: string,
  change: Change<Plan>
): Promise<void> {
  if (!options.dryRun && !options.yes && !(await isConfirmed(context, name, change))) {
    context.output.error('Nothing was changed.')
    process.exitCode ??= exit.refused
    return
  }
  await carryOut(context, options, change)
}

async function isConfirmed<Plan extends object>(
  { output, person }: CommandContext,
  name: string,
  { call, print, refuse, notice = 'This cannot be undone.' }: Change<Plan>
): Promise<boolean> {
  if (!person.present) {
    throw new UsageError(
      'this would delete data, and there is no terminal for confirmation: --dry-run shows the plan, --yes confirms'
    )
  }
  const plan = await call(true)
  // The text shown for the prompt is not part of the output.
  const aside = { print: output.error, error: output.error }
  show(aside, {}, plan, (plan) => print(aside, plan))
  refuse?.(plan)
  return (await person.ask(`${notice} Type ${name} to continue: `)) === name
}
