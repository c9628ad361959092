import { type Command, InvalidArgumentError, Option } from 'commander'
import type { LetterSpan } from '#shared/contracts/dead-letter-changes.ts'
import type { LetterQuery } from '#shared/contracts/dead-letters.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { printData, type ReadOptions, show } from '../answer.ts'
import { type DestroyOptions, destroy, type Forced } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { count, destroys, examples, forces, reads, wholeNumber } from '../options.ts'
import { warn } from '../output.ts'
import { printDiscard, printLetters, printQueues, printReplay } from '../print/dead-letters.ts'
import { type Start, start } from './messages.ts'

interface FilterOptions {
  partition?: number
  origin?: string
  error?: string
}

interface ReadLetters extends FilterOptions {
  status?: NonNullable<LetterQuery['status']>
  from?: Start
  limit: number
  cursor?: string
  jsonl?: boolean
}

interface SelectOptions extends FilterOptions, Forced {
  limit?: number
  includeUnconfirmed?: boolean
}

/** What a call that replays or discards may take, and some more. */
const timeoutMs = 90_000

/** `kops dlq …` */
export function addDeadLetterCommands(dlq: Command, context: CommandContext): void {
  const { output } = context
  examples(
    dlq,
    'dlq list',
    'dlq read orders.dlq --error SerializationException',
    'dlq replay orders.dlq --dry-run',
    'dlq discard orders.dlq 0:12-40 --reason "orders of a test"'
  )

  reads(
    dlq
      .command('list')
      .description('list the queues, with how many letters nobody has decided on, and how old they are')
  ).action(async ({ json }: ReadOptions) => {
    const client = await clientFor(context)
    const list = await client.call(endpoints.listDeadLetterQueues, { query: {} })
    show(output, { json }, list, (list) => printQueues(output, list))
  })

  examples(
    reads(
      filters(
        dlq
          .command('read')
          .description('read letters, oldest first: where they come from, and why they died')
          .argument('<queue>')
          .addOption(
            new Option('--status <status>', 'by default undecided ones, interrupted ones included').choices([
              'undecided',
              'unconfirmed',
              'replayed',
              'discarded',
              'all'
            ])
          )
          .option(
            '--from <where>',
            'latest, earliest, an offset (with --partition), a time, or how long ago: 15m',
            start
          )
          .option('--limit <count>', 'how many at most', wholeNumber, 50)
          .option('--cursor <cursor>', 'continue where a page ended; repeat the filters')
          .option('--jsonl', 'one letter per line, as JSON')
      )
    ),
    'dlq read orders.dlq --from latest --limit 5',
    'dlq read orders.dlq --status all --jsonl | jq .origin.errorClass'
  ).action(async (topicName: string, options: ReadOptions & ReadLetters) => {
    const { from, limit, cursor, status, jsonl, json } = options
    const query = given({ ...filterOf(options), ...(cursor === undefined ? from : {}), status, limit, cursor })
    const client = await clientFor(context)
    const page = await client.call(endpoints.readDeadLetters, { params: { topicName }, query, timeoutMs })
    if (jsonl) for (const letter of page.letters) output.print(JSON.stringify(letter))
    else if (json && json !== true && !json.whole) printData(output, json, page.letters)
    else return show(output, { json }, page, () => printLetters(output, page))
    warn(output, page.warnings)
    if (page.nextCursor !== undefined) output.error(`There is more: --cursor ${page.nextCursor}`)
  })

  examples(
    selects(
      dlq
        .command('replay')
        .description('write letters to the topics they came from, each once')
        .argument('<queue>')
        .argument('[letters...]', 'as partition:offset or partition:from-to; by default every undecided one', letters)
        .option('--to <topic>', 'to this topic instead')
        .option('--rate <letters>', 'the most letters a second (by default 1,000)', wholeNumber)
    ),
    'dlq replay orders.dlq --dry-run',
    'dlq replay orders.dlq --error TimeoutException --limit 100 --yes',
    'dlq replay orders.dlq 0:12-40 2:7 --to orders-repaired'
  ).action(
    async (
      topicName: string,
      spans: LetterSpan[],
      options: DestroyOptions & SelectOptions & { to?: string; rate?: number }
    ) => {
      const client = await clientFor(context)
      const body = { ...selectionOf(spans, options), ...given({ to: options.to, maxPerSecond: options.rate }) }
      await destroy(context, options, topicName, {
        call: (dryRun) =>
          client.call(endpoints.replayDeadLetters, { params: { topicName }, query: { dryRun }, body, timeoutMs }),
        print: printReplay,
        notice: 'Records that are written cannot be taken back.',
        failed: ({ dryRun, applied }) => !dryRun && !applied
      })
    }
  )

  examples(
    selects(
      dlq
        .command('discard')
        .description('mark letters as discarded: they stay until retention removes them, and count no longer')
        .argument('<queue>')
        .argument('[letters...]', 'as partition:offset or partition:from-to; by default every undecided one', letters)
    ),
    'dlq discard orders.dlq 0:12-40 --reason "orders of a test"',
    'dlq discard orders.dlq --error IllegalArgumentException --dry-run'
  ).action(async (topicName: string, spans: LetterSpan[], options: DestroyOptions & SelectOptions) => {
    const client = await clientFor(context)
    const body = selectionOf(spans, options)
    await destroy(context, options, topicName, {
      call: (dryRun) =>
        client.call(endpoints.discardDeadLetters, { params: { topicName }, query: { dryRun }, body, timeoutMs }),
      print: printDiscard,
      notice: 'Discarded letters can be replayed with --force, by their offsets, until retention removes them.',
      failed: ({ dryRun, applied }) => !dryRun && !applied
    })
  })
}

function filters(command: Command): Command {
  return command
    .option('--partition <partition>', 'only this partition', count)
    .option('--origin <topic>', 'only letters of this topic, by their headers')
    .option('--error <text>', 'only letters whose error class or message contains this')
}

function filterOf({ partition, origin, error }: FilterOptions) {
  return given({ partition, originTopic: origin, error })
}

/** The options with which letters are chosen for a decision. */
function selects(command: Command): Command {
  const chosen = filters(command)
    .option('--limit <count>', 'how many at most (by default 1,000)', wholeNumber)
    .option('--include-unconfirmed', 'also letters whose replay was interrupted: they may arrive twice')
  return forces(destroys(chosen), 'also letters that were replayed too often, or are decided on; needs --reason')
}

function selectionOf(spans: LetterSpan[], options: SelectOptions) {
  const { limit, includeUnconfirmed, force, reason } = options
  return {
    ...(spans.length === 0 ? {} : { letters: spans }),
    ...filterOf(options),
    ...given({ limit, includeUnconfirmed, force, reason })
  }
}

/** Collects letters: `0:12`, `0:12-40`. */
function letters(value: string, before: LetterSpan[] = []): LetterSpan[] {
  const [, partition, from, to] = /^(\d{1,10}):(\d{1,16})(?:-(\d{1,16}))?$/.exec(value) ?? []
  if (partition === undefined || from === undefined) {
    throw new InvalidArgumentError('Neither partition:offset (0:12) nor partition:from-to (0:12-40).')
  }
  const span = { partition: count(partition), from: count(from), ...(to === undefined ? {} : { to: count(to) }) }
  return [...before, span]
}
