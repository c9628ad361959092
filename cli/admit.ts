import type { Command } from 'commander'
import type { CommandContext } from './context.ts'
import { callsService, effectOf, pathOf } from './effects.ts'
import { exit } from './exit-codes.ts'
import { UsageError } from './output.ts'
import { ReadOnly } from './read-only.ts'

/** A person did not confirm. It has been said; nothing was sent. */
export class NotConfirmed extends Error {
  override readonly name = 'NotConfirmed'
}

/**
 * Admits a command that may change something in its context, before it sends anything: none where the context is read-only; what
 * destroys, in production, once the cluster's name is typed or stands in `--confirm-cluster`.
 * @throws ReadOnly, NotConfirmed, UsageError
 */
export async function admit(command: Command, context: CommandContext): Promise<void> {
  if (context.asksCurl()) {
    if (!callsService(command)) throw new UsageError(`kops ${pathOf(command)} calls no service`)
    if (command.options.some(({ long }) => long === '--yes')) command.setOptionValue('yes', true)
    return
  }
  const effect = effectOf(command)
  if (effect === 'reads' || command.getOptionValue('dryRun') === true) return
  const { context: used } = await context.access()
  if (used?.readOnly) throw new ReadOnly(used.name)
  if (!used?.production || effect !== 'destroys') return
  const cluster = used.cluster ?? used.name
  const { output, person } = context
  const given = context.confirmedCluster()
  if (given === undefined && !person.present) {
    throw new UsageError(`${used.name} is in production, and there is no terminal: --confirm-cluster names its cluster`)
  }
  const typed =
    given ?? (await person.ask(`This is production. Type ${cluster}, the name of the cluster, to continue: `))
  if (typed === cluster) return
  output.error(`That is not the cluster of ${used.name}. Nothing was changed.`)
  process.exitCode ??= exit.refused
  throw new NotConfirmed()
}
