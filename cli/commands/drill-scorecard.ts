import type { Command } from 'commander'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { examples, reads } from '../options.ts'
import { printScorecard } from '../print/scorecard.ts'

/** `kops drill scorecard`. */
export function addDrillScorecardCommand(drill: Command, context: CommandContext): void {
  examples(
    reads(
      drill
        .command('scorecard')
        .description('show what each kind of drill last found, in which configuration, and whether that still holds')
    ),
    'drill scorecard'
  ).action(async (options: ReadOptions) => {
    const client = await clientFor(context)
    const answer = await client.call(endpoints.scorecard, { timeoutMs: 15_000 })
    show(context.output, options, answer, (scorecard) => printScorecard(context.output, scorecard))
  })
}
