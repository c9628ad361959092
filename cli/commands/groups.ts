import { stderr } from 'node:process'
import { type Command, Option } from 'commander'
import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type GroupVerdict, GroupVerdictSchema } from '#shared/contracts/group-health.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { ago } from '#shared/reports/figures.ts'
import { printTable, type ReadOptions, show, tellNextPage } from '../answer.ts'
import { type DestroyOptions, destroy } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import {
  destroys,
  duration,
  examples,
  instant,
  reads,
  signed,
  type TopicPartitions,
  topicPartitions,
  watches,
  wholeNumber
} from '../options.ts'
import { describeError, type Output, paint, UsageError } from '../output.ts'
import { plain } from '../paint.ts'
import { groupRow, groupsHead, printForgotten, printGroup, printReset, stateOf } from '../print/groups.ts'
import { type OffsetTarget, offsetTarget, type ResetChoice, resetRequest } from '../reset-request.ts'
import { type Shown, showOrWatch, type WatchOptions } from '../watch.ts'
import { healthEvents } from '../watch-health.ts'

interface ListOptions extends WatchOptions {
  name?: string
  state?: string
  verdict?: GroupVerdict
  limit: number
  cursor?: string
}

/** `kops groups …` */
export function addGroupCommands(groups: Command, context: CommandContext): void {
  const { output } = context
  examples(
    groups,
    'groups list --state empty',
    'groups describe log-indexer',
    'groups reset-offsets log-indexer --back 1h --topic log-events --dry-run'
  )

  watches(
    reads(
      groups
        .command('list')
        .description('list groups with lag, lag in time and verdict, worst first')
        .option('--name <text>', 'only names that contain this')
        .option('--state <state>', 'only groups in this state: stable, empty, …')
        .addOption(new Option('--verdict <verdict>', 'only groups with this verdict').choices(GroupVerdictSchema.enum))
        .option('--limit <count>', 'how many at most', wholeNumber, 10_000)
        .option('--cursor <cursor>', 'continue where a list ended')
    )
  ).action(async ({ json, watch, ...query }: ListOptions) => {
    const client = await clientFor(context)
    const read = async (signal: AbortSignal): Promise<Shown> => {
      const list = await client.call(endpoints.groupsHealth, { query: { ...given(query), sort: 'worst' }, signal })
      const print = (page: Output) => {
        printTable(page, groupsHead, list.groups.map(groupRow), 'No groups.')
        page.error(paint('dim', `read ${ago(list.asOf)}`, stderr))
        tellNextPage(page, list)
      }
      return { answer: list, print }
    }
    await showOrWatch(
      output,
      { json, watch },
      {
        name: 'kops groups list',
        async read(signal) {
          try {
            return await read(signal)
          } catch (error) {
            if (watch || !isKopsError(error, 'service_unreachable')) throw error
            return listFromAdmin(output, client, query, error)
          }
        },
        events: healthEvents(client, 'group')
      }
    )
  })

  reads(
    groups
      .command('describe')
      .description('show the verdict and its reason, lag per partition, and members')
      .argument('<group>')
  ).action(async (group: string, options: ReadOptions) => {
    const client = await clientFor(context)
    const judging = client.call(endpoints.groupHealth, { params: { group } }).catch((error: unknown) => ({ error }))
    const detail = await client.call(endpoints.describeGroup, { params: { group } })
    const judged = options.json ? undefined : await judging
    show(output, options, detail, () => printGroup(output, detail, judged && 'error' in judged ? undefined : judged))
    if (judged && 'error' in judged) {
      const unseen = isKopsError(judged.error, 'group_not_found')
      const why = unseen ? 'health-service has not read this group yet' : describeError(judged.error)
      output.error(paint('yellow', `no verdict: ${why}`, stderr))
    }
  })

  examples(
    destroys(
      groups
        .command('reset-offsets')
        .description('move the offsets of a group without active members, after confirmation')
        .argument('<group>')
        .option('--to-earliest', 'to the oldest available records')
        .option('--to-latest', 'to the end, after the newest record')
        .option('--to-time <time>', 'to the first record at or after this time: 2026-01-31T12:00:00Z', (value) =>
          instant(value)
        )
        .option('--back <duration>', 'to the first record at or after this long ago: 15m, 2h', duration)
        .option('--shift-by <n>', 'by this many records, back if negative: --shift-by=-100', signed)
        .option('--to-offset <topic:partition=offset>', 'to this offset; may be repeated', offsetTarget)
        .option('--topic <topic[:partitions]>', 'only orders, or orders:0,3; may be repeated', topicPartitions)
    ),
    'groups reset-offsets log-indexer --to-time 2026-01-31T12:00:00Z --dry-run',
    'groups reset-offsets log-indexer --shift-by=-100 --topic log-events:0,3',
    'groups reset-offsets log-indexer --to-offset log-events:0=1200 --yes'
  ).action(
    async (
      group: string,
      options: ResetChoice & DestroyOptions & { topic?: TopicPartitions[]; toOffset?: OffsetTarget[] }
    ) => {
      const body = resetRequest(options)
      const client = await clientFor(context)
      await destroy(context, options, group, {
        call: (dryRun) => client.call(endpoints.resetOffsets, { params: { group }, query: { dryRun }, body }),
        print: printReset,
        failed: ({ dryRun, applied }) => !dryRun && !applied
      })
    }
  )

  destroys(
    groups.command('delete').description('delete a group without members, and all its offsets').argument('<group>')
  ).action(async (group: string, options: DestroyOptions) => {
    const client = await clientFor(context)
    await destroy(context, options, group, {
      call: (dryRun) => client.call(endpoints.deleteGroup, { params: { group }, query: { dryRun } }),
      print: printForgotten,
      failed: ({ dryRun, applied }) => !dryRun && !applied
    })
  })

  destroys(
    groups
      .command('delete-offsets')
      .description('delete the committed offsets of a group for one topic')
      .argument('<group>')
      .requiredOption('--topic <topic>', 'of this topic')
  ).action(async (group: string, options: DestroyOptions & { topic: string }) => {
    const client = await clientFor(context)
    await destroy(context, options, group, {
      call: (dryRun) =>
        client.call(endpoints.deleteGroupOffsets, { params: { group }, query: { topic: options.topic, dryRun } }),
      print: printForgotten,
      failed: ({ dryRun, applied }) => !dryRun && !applied
    })
  })
}

/** Admin-service's data on groups, if health-service does not answer: without lag and verdict. */
async function listFromAdmin(
  output: Output,
  client: Client,
  { verdict, ...query }: Omit<ListOptions, 'json' | 'watch'>,
  cause: unknown
): Promise<Shown> {
  if (verdict !== undefined) throw new UsageError(`--verdict needs health-service: ${describeError(cause)}`)
  output.error(paint('yellow', 'health-service does not answer: lag and verdicts are unknown', stderr))
  const list = await client.call(endpoints.listGroups, { query: given(query) })
  const print = (page: Output) => {
    const rows = list.groups.map(({ group, state, members, protocolType }) => [
      plain(group),
      stateOf(state),
      members === null ? '?' : String(members),
      plain(protocolType)
    ])
    printTable(page, ['GROUP', 'STATE', 'MEMBERS', 'PROTOCOL'], rows, 'No groups.')
    tellNextPage(page, list)
  }
  return { answer: list, print }
}
