import { stderr } from 'node:process'
import { CommanderError } from 'commander'
import { personAtTerminal } from './confirm.ts'
import { describeError, exitCodeOf, paint, terminal } from './output.ts'
import { buildProgram } from './program.ts'

try {
  await buildProgram({ output: terminal, person: personAtTerminal }).parseAsync()
} catch (error) {
  // Commander has already printed its own errors.
  if (!(error instanceof CommanderError)) terminal.error(paint('red', `kops: ${describeError(error)}`, stderr))
  process.exitCode = exitCodeOf(error)
}
