import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Answer } from '#shared/contracts/endpoint.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { printTable, type ReadOptions, show, tellNextPage } from '../answer.ts'
import { type ChangeOptions, carryOut, type DestroyOptions, destroy, type Forced } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { changes, creates, destroys, examples, forces, reads, wholeNumber } from '../options.ts'
import { refuseInUse } from '../print/topic-changes.ts'
import { printCancellation, printDeletion, printDeletionPlan, printRecreation } from '../print/topic-deletions.ts'

type Plan = Answer<typeof endpoints.deleteTopic>

/** `kops topics delete | deletions … | recreate`. */
export function addTopicDeletionCommands(topics: Command, context: CommandContext): void {
  const { output } = context

  examples(
    forces(
      destroys(
        topics
          .command('delete')
          .description('delete a topic and its records; keeps its spec for recreate')
          .argument('<topic>')
          .option('--grace <time>', 'delay (15m, 2h), during which kops topics deletions cancel works', grace)
      )
    ),
    'topics delete orders --dry-run',
    'topics delete orders --grace 15m --force --reason "moved to orders-v2"'
  ).action(async (topicName: string, options: DestroyOptions & Forced & { grace?: string }) => {
    const client = await clientFor(context)
    const asked = given({ force: options.force, reason: options.reason })
    await destroy<Plan>(context, options, topicName, {
      call: (dryRun) =>
        client.call(endpoints.deleteTopic, {
          params: { topicName },
          query: { ...asked, ...given({ grace: options.grace }), dryRun }
        }),
      print: (output, plan) =>
        'dueAt' in plan ? printDeletion(output, plan) : printDeletionPlan(output, plan, options.grace),
      refuse: (plan) => {
        if ('obstacles' in plan) refuseInUse(options.force)(plan)
      },
      ...(options.grace === undefined
        ? {}
        : { notice: `You can cancel this for ${options.grace}; after that it cannot be undone.` })
    })
  })

  const deletions = topics.command('deletions').description('scheduled deletions: list, cancel')
  reads(
    deletions
      .command('list')
      .description('list scheduled and finished deletions, newest first')
      .option('--limit <count>', 'how many at most', wholeNumber)
      .option('--cursor <cursor>', 'continue where a list ended')
  ).action(async ({ json, ...query }: { limit?: number; cursor?: string } & ReadOptions) => {
    const client = await clientFor(context)
    show(output, { json }, await client.call(endpoints.listTopicDeletions, { query: given(query) }), (list) => {
      const rows = list.deletions.map(({ id, topic, status, dueAt, requestedBy, detail }) => [
        id,
        topic,
        status,
        dueAt,
        requestedBy,
        detail ?? ''
      ])
      printTable(output, ['ID', 'TOPIC', 'STATUS', 'DUE', 'BY', ''], rows, 'There are no scheduled deletions.')
      tellNextPage(output, list)
    })
  })
  changes(
    deletions.command('cancel').description('cancel a scheduled deletion').argument('<id>', 'id from the list')
  ).action(async (id: string, options: ChangeOptions) => {
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) =>
        client.call(dryRun ? endpoints.topicDeletion : endpoints.cancelTopicDeletion, { params: { id } }),
      print: (output, deletion) => printCancellation(output, deletion, options.dryRun ?? false)
    })
  })

  creates(
    topics
      .command('recreate')
      .description('recreate a deleted topic with its settings and ACLs, without its records')
      .argument('<topic>')
      .addOption(
        new Option('--offsets <how>', 'start its groups at offset 0, or without offsets').choices(['start', 'none'])
      )
  ).action(
    async (
      topicName: string,
      { offsets, force, reason, ...options }: ChangeOptions & Forced & { offsets?: 'start' | 'none' }
    ) => {
      const client = await clientFor(context)
      await carryOut(context, options, {
        call: (dryRun) =>
          client.call(endpoints.recreateTopic, {
            params: { topicName },
            query: given({ offsets, force, reason, dryRun })
          }),
        print: printRecreation
      })
    }
  )
}

function grace(value: string): string {
  if (/^[1-9][0-9]{0,5}[smhd]$/.test(value)) return value
  throw new InvalidArgumentError('Not a duration such as 15m or 2h.')
}
