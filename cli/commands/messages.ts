import { stderr, stdout } from 'node:process'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { printData, type ReadOptions, show } from '../answer.ts'
import { type ChangeOptions, carryOut } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { exit } from '../exit-codes.ts'
import { given } from '../given.ts'
import { changes, count, examples, readInstant, reads, setting, wholeNumber } from '../options.ts'
import { paint, UsageError, warn } from '../output.ts'
import { formatOption } from '../output-format.ts'
import { plain } from '../paint.ts'
import { messageLine, printPage, printProduced } from '../print/messages.ts'
import { createReadingPlaces } from '../reading-places.ts'
import { type RecordOptions, recordBatches, recordsOf } from '../records.ts'

interface FilterOptions {
  partition?: number
  keyContains?: string
  valueContains?: string
  format?: 'auto' | 'json' | 'text' | 'base64'
}

/** Where a reading of records starts, as `--from` says it. */
export interface Start {
  from: 'earliest' | 'latest' | 'offset' | 'timestamp'
  offset?: number
  timestamp?: string
}

/** `kops messages …` */
export function addMessageCommands(messages: Command, context: CommandContext): void {
  const { output } = context
  examples(
    messages,
    'messages read log-events --limit 5',
    'messages read log-events --from 15m --value-contains timeout --jsonl | jq .value',
    'messages produce orders \'{"total":12}\' --key order-1',
    'messages tail log-events'
  )

  examples(
    reads(
      filters(
        messages
          .command('read')
          .description('read records, newest first or forwards from a position; without a consumer group')
          .argument('<topic>')
          .option(
            '--from <where>',
            'latest, earliest, an offset (with --partition), a time, or how long ago: 15m',
            start
          )
          .option('--limit <count>', 'how many at most', wholeNumber, 50)
          .option('--more', 'continue where the last read of this topic ended, with the same filters')
          .option('--cursor <cursor>', 'continue where a page ended; repeat the filters; for scripts')
          .option('--jsonl', 'one record per line, as JSON')
      )
    ),
    'messages read log-events --from earliest --limit 1000 --jsonl > records.jsonl',
    'messages read log-events --from 1200 --partition 3',
    'messages read log-events --value-contains timeout && kops messages read log-events --more'
  ).action(async (topicName: string, options: ReadOptions & FilterOptions & ReadPage) => {
    const { from, limit, jsonl, json, more } = options
    const places = createReadingPlaces(context.stateDir())
    const asked = { ...filterQuery(options), ...from }
    if (more && (options.cursor !== undefined || Object.keys(asked).length > 0)) {
      throw new UsageError('--more continues with the filters of the last read: it takes no filters and no --from')
    }
    const left = more ? await places.find(topicName) : undefined
    const filters = left?.filters ?? filterQuery(options)
    let cursor = left?.cursor ?? options.cursor
    const client = await clientFor(context)
    for (;;) {
      const query = given({ ...filters, ...(cursor === undefined ? from : {}), limit, cursor })
      const page = await client.call(endpoints.browseMessages, { params: { topicName }, query, timeoutMs: 90_000 })
      cursor = page.nextCursor
      if (jsonl) {
        for (const message of page.messages) output.print(JSON.stringify(message))
        warn(output, page.warnings)
      } else if (json && json !== true && !json.whole) {
        printData(output, json, page.messages)
        warn(output, page.warnings)
      } else show(output, { json }, page, () => printPage(output, page))
      if (cursor === undefined) return places.forget(topicName)
      const kept = await places.keep(topicName, cursor, filters)
      const atTerminal = context.person.present && stdout.isTTY === true && !json && !jsonl
      if (!atTerminal) {
        if (!json)
          output.error(`There is more: ${kept ? `kops messages read ${topicName} --more` : `--cursor ${cursor}`}`)
        return
      }
      const answer = await context.person.ask('Enter for more, q to quit: ')
      if (answer !== '') return
    }
  })

  examples(
    changes(
      messages
        .command('produce')
        .description('write records from arguments, or JSON lines from standard input ({"key":…,"value":…} each)')
        .argument('<topic>')
        .argument('[values...]', 'values as text; - for standard input')
        .option('--key <key>', 'key of each of them')
        .option('--header <name=value>', 'may be repeated', setting)
        .option('--partition <partition>', 'to this partition; by default chosen by key', count)
        .option('--base64', 'the values are base64')
    ),
    'messages produce orders \'{"total":12}\' --key order-1 --header source=kops',
    'messages read orders --from earliest --jsonl | jq -c "{key,value}" | kops messages produce orders-copy'
  ).action(async (topicName: string, values: string[], options: ChangeOptions & RecordOptions) => {
    const client = await clientFor(context)
    const fromInput = values.length === 0 || (values.length === 1 && values[0] === '-')
    if (
      fromInput &&
      (options.key !== undefined || options.header || options.partition !== undefined || options.base64)
    ) {
      throw new UsageError('lines from standard input have their own key, headers and partition')
    }
    const batches = fromInput ? recordBatches(output) : [recordsOf(values, options)]
    for await (const records of batches) {
      await carryOut(context, options, {
        call: (dryRun) =>
          client.call(endpoints.produceMessages, { params: { topicName }, query: { dryRun }, body: { records } }),
        print: printProduced,
        failed: ({ dryRun, applied }) => !dryRun && !applied
      })
      // Records after unwritten ones would be out of order.
      if (process.exitCode === exit.refused) return
    }
  })

  filters(
    messages
      .command('tail')
      .description('follow new records until Ctrl-C')
      .argument('<topic>')
      .option('--limit <count>', 'end after so many', wholeNumber)
      .addOption(formatOption())
      .option('--json', 'one record per line, as JSON, for scripts')
  ).action(async (topicName: string, options: FilterOptions & { limit?: number } & ReadOptions) => {
    const client = await clientFor(context)
    const query = filterQuery(options)
    let shown = 0
    for await (const item of client.watch(endpoints.tailMessages, {
      params: { topicName },
      query,
      timeoutMs: 45_000
    })) {
      if (item.event === 'ready')
        output.error(paint('dim', `Waiting for records of ${topicName}; Ctrl-C quits.`, stderr))
      if (item.event === 'skipped')
        output.error(paint('yellow', `${item.data.records} arrived too fast and were skipped`, stderr))
      if (item.event === 'warning') warn(output, [item.data])
      if (item.event === 'message') {
        const { json } = options
        if (json && json !== true) printData(output, json, item.data)
        else output.print(json ? JSON.stringify(item.data) : messageLine(item.data))
        shown += 1
        if (shown === options.limit) return
      }
      if (item.event === 'end') {
        output.error(paint('red', `kops: ${plain(item.data.detail)} (${item.data.code})`, stderr))
        process.exitCode = exit.refused
        return
      }
    }
    output.error(paint('yellow', 'The service ended the tail.', stderr))
    process.exitCode = exit.refused
  })
}

interface ReadPage {
  from?: Start
  limit: number
  cursor?: string
  more?: boolean
  jsonl?: boolean
}

function filters(command: Command): Command {
  return command
    .option('--partition <partition>', 'only this partition', count)
    .option('--key-contains <text>', 'only records whose key contains this')
    .option('--value-contains <text>', 'only records whose value contains this')
    .addOption(new Option('--format <format>', 'of keys and values').choices(['auto', 'json', 'text', 'base64']))
}

function filterQuery({ partition, keyContains, valueContains, format }: FilterOptions) {
  return given({ partition, keyContains, valueContains, format })
}

/** The value of `--from`. */
export function start(value: string): Start {
  if (value === 'earliest' || value === 'latest') return { from: value }
  if (/^\d+$/.test(value)) return { from: 'offset', offset: count(value) }
  const timestamp = readInstant(value)
  if (timestamp === undefined) {
    throw new InvalidArgumentError('Not latest, earliest, an offset, a time, or how long ago (15m).')
  }
  return { from: 'timestamp', timestamp }
}
