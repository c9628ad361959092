import type { Command } from 'commander'
import { type CommandContext, clientFor } from '../context.ts'
import { repeatDrill } from '../drills/repeat-drill.ts'
import { resultOf } from '../drills/report-facts.ts'
import { exit } from '../exit-codes.ts'
import { listenForInterruption } from '../interruption.ts'
import { examples, wholeNumber } from '../options.ts'

/** `kops drill repeat`: exits with 0 if every repetition came to the same end. */
export function addDrillRepeatCommand(drill: Command, context: CommandContext): void {
  const { output } = context
  examples(
    drill
      .command('repeat')
      .description(
        'repeat a drill with the request of its record; exits with 0 if every verdict is the same, else with 5'
      )
      .argument('<id>')
      .option('--times <count>', 'how often', wholeNumber, 1),
    'drill repeat 20260131T123456-9f3a1c --times 5'
  ).action(async (id: string, { times }: { times: number }) => {
    const client = await clientFor(context)
    const interruption = listenForInterruption(() => output.error('The service ends the drill that is under way.'))
    try {
      const found = await repeatDrill({
        client,
        id,
        times,
        signal: interruption.signal,
        onEnded: (each, nth) => output.print(`${nth} of ${times}  ${each.id}  ${resultOf(each)}`)
      })
      output.print(found ? `reproduced ${found.reproduced} of ${found.repeats}` : 'There is no verdict to compare.')
      if (!found || found.reproduced < found.repeats) process.exitCode = exit.verdict
    } catch (error) {
      if (!interruption.signal.aborted) throw error
      process.exitCode = interruption.signal.reason
    } finally {
      interruption.close()
    }
  })
}
