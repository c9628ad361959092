import type { Command } from 'commander'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { PartitionAssignment } from '#shared/contracts/reassignments.ts'
import { type ReadOptions, show } from '../answer.ts'
import { readAssignments } from '../assignment-file.ts'
import { type ChangeOptions, carryOut } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { brokerIds, byteRate, changes, count, examples, reads, several, watches } from '../options.ts'
import { UsageError } from '../output.ts'
import { printCancellation, printPlan, printProgress, printReassignment } from '../print/reassignments.ts'
import { showOrWatch, type WatchOptions } from '../watch.ts'

interface PlanOptions {
  topic?: string[]
  broker?: number[]
}

/** `kops reassignments …` */
export function addReassignmentCommands(reassignments: Command, context: CommandContext): void {
  const { output } = context
  examples(
    reassignments,
    'reassignments list',
    'reassignments plan --topic orders --json > plan.json',
    'reassignments apply plan.json --throttle 10MB',
    'reassignments cancel --topic orders'
  )

  watches(
    reads(reassignments.command('list').alias('status').description('list active reassignments and their progress'))
  ).action(async (options: WatchOptions) => {
    const client = await clientFor(context)
    await showOrWatch(output, options, {
      name: 'kops reassignments list',
      async read(signal) {
        const list = await client.call(endpoints.listReassignments, { signal })
        return { answer: list, print: (page) => printProgress(page, list) }
      }
    })
  })

  const planned = (command: Command) =>
    command
      .option('--topic <topic>', 'only this topic; may be repeated', several)
      .option('--broker <ids>', 'only on these brokers: 1,2,3', brokerIds)
  const planBody = ({ topic, broker }: PlanOptions) => given({ topics: topic, brokers: broker })

  reads(
    planned(
      reassignments
        .command('plan')
        .description('show a balanced plan that respects racks and moves as little as possible')
    )
  ).action(async ({ json, ...asked }: PlanOptions & ReadOptions) => {
    const client = await clientFor(context)
    const plan = await client.call(endpoints.planReassignment, { body: planBody(asked) })
    show(output, { json }, plan, () => printPlan(output, plan))
  })

  examples(
    changes(
      planned(
        reassignments
          .command('apply')
          .description('move replicas according to a plan from a file, or a new plan')
          .argument('[file]', "output of plan --json, or a file for Kafka's own tool; - for standard input")
          .option('--throttle <rate>', 'maximum bytes per second per broker: 10MB, 64MiB', byteRate)
      )
    ),
    'reassignments apply --topic orders --throttle 10MB --dry-run',
    'reassignments apply plan.json --throttle 10MB'
  ).action(async (file: string | undefined, options: PlanOptions & ChangeOptions & { throttle?: number }) => {
    if (file !== undefined && (options.topic || options.broker)) {
      throw new UsageError('a file is a complete plan: --topic and --broker are for a new plan')
    }
    const client = await clientFor(context)
    let partitions: PartitionAssignment[]
    if (file === undefined) {
      const plan = await client.call(endpoints.planReassignment, { body: planBody(options) })
      partitions = plan.partitions
      if (partitions.length === 0) return show(output, options, plan, () => printPlan(output, plan))
    } else partitions = await readAssignments(file)
    await carryOut(context, options, {
      call: (dryRun) =>
        client.call(endpoints.reassign, {
          query: { dryRun },
          body: { partitions, ...given({ throttleBytesPerSec: options.throttle }) }
        }),
      print: printReassignment,
      failed: ({ refused }) => refused.length > 0
    })
  })

  changes(
    reassignments
      .command('cancel')
      .description('cancel moves: replicas stay where they were')
      .option('--topic <topic>', 'only of this topic')
      .option('--partition <partition>', 'only this partition; needs --topic', count)
  ).action(async ({ topic, partition, ...options }: { topic?: string; partition?: number } & ChangeOptions) => {
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) => client.call(endpoints.cancelReassignments, { query: given({ topic, partition, dryRun }) }),
      print: printCancellation,
      failed: ({ refused }) => refused.length > 0
    })
  })
}
