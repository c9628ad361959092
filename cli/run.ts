import { argv, stderr } from 'node:process'
import { CommanderError } from 'commander'
import { NotConfirmed } from './admit.ts'
import { CallPrinted } from './call-printed.ts'
import { completingWord } from './completing-word.ts'
import { environmentVariable } from './config.ts'
import { exitCodeOf } from './exit-codes.ts'
import { describeError, HealthUnknown, paint } from './output.ts'
import { findPlugin, runPlugin } from './plugin.ts'
import { buildProgram, type ProgramParts } from './program.ts'

/** Runs a command line to its end: prints the error that ends it, and sets the exit code of the process. */
export async function run(parts: ProgramParts, args: readonly string[] = argv.slice(2)): Promise<void> {
  try {
    const [first, ...words] = args
    if (first === completingWord) return await (await import('./complete.ts')).complete(parts, words)
    const plugin = findPlugin(args, environmentVariable('PATH') ?? '')
    if (plugin) {
      process.exitCode = await runPlugin(plugin)
      return
    }
    await buildProgram(parts).parseAsync(args, { from: 'user' })
  } catch (error) {
    if (isSaid(error)) return
    // Commander has already printed its own errors.
    if (!(error instanceof CommanderError)) parts.output.error(paint('red', `kops: ${describeError(error)}`, stderr))
    process.exitCode = exitCodeOf(error)
  }
}

/** A call that was printed instead of made, or a change that was not confirmed: there is no more to say. */
function isSaid(error: unknown): boolean {
  if (error instanceof HealthUnknown) return isSaid(error.cause)
  return error instanceof CallPrinted || error instanceof NotConfirmed
}
