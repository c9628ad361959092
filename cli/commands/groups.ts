import type { Command } from 'commander'
import { endpoints } from '../../shared/client/endpoints.ts'
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
  wholeNumber
} from '../options.ts'
import { plain } from '../paint.ts'
import { printForgotten, printGroup, printReset, stateOf } from '../print/groups.ts'
import { type OffsetTarget, offsetTarget, type ResetChoice, resetRequest } from '../reset-request.ts'

interface ListOptions extends ReadOptions {
  name?: string
  state?: string
  limit: number
  cursor?: string
}

/** `kops groups …` */
export function addGroupCommands(program: Command, context: CommandContext): void {
  const { output } = context
  const groups = program.command('groups').description('consumer groups: lag, members, resetting offsets, deleting')
  examples(
    groups,
    'groups list --state empty',
    'groups describe log-indexer',
    'groups reset-offsets log-indexer --back 1h --topic log-events --dry-run'
  )

  reads(
    groups
      .command('list')
      .description('groups with state and members')
      .option('--name <text>', 'only those whose name contains this')
      .option('--state <state>', 'only those in this state: stable, empty, …')
      .option('--limit <count>', 'how many at most', wholeNumber, 10_000)
      .option('--cursor <cursor>', 'go on where a list ended')
  ).action(async ({ json, ...query }: ListOptions) => {
    const client = await clientFor(context)
    show(output, { json }, await client.call(endpoints.listGroups, { query: given(query) }), (list) => {
      const rows = list.groups.map(({ group, state, members, protocolType }) => [
        plain(group),
        stateOf(state),
        members === null ? '?' : String(members),
        plain(protocolType)
      ])
      printTable(output, ['GROUP', 'STATE', 'MEMBERS', 'PROTOCOL'], rows, 'No groups.')
      tellNextPage(output, list)
    })
  })

  reads(groups.command('describe').description('lag of each partition, and the members').argument('<group>')).action(
    async (group: string, options: ReadOptions) => {
      const client = await clientFor(context)
      const detail = await client.call(endpoints.describeGroup, { params: { group } })
      show(output, options, detail, () => printGroup(output, detail))
    }
  )

  examples(
    destroys(
      groups
        .command('reset-offsets')
        .description('let a group without active members go on from elsewhere; shows the difference, then asks')
        .argument('<group>')
        .option('--to-earliest', 'the oldest records that are there')
        .option('--to-latest', 'behind the newest record')
        .option('--to-time <time>', 'the first record of this time or later: 2026-01-31T12:00:00Z', (value) =>
          instant(value)
        )
        .option('--back <duration>', 'the first record of this long ago or later: 15m, 2h', duration)
        .option('--shift-by <n>', 'so many records on, or back with a minus: --shift-by=-100', signed)
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
      .description('forget what a group has committed of one topic')
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
