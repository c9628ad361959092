import type { Command } from 'commander'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type ChangeOptions, carryOut, type DestroyOptions, destroy, type Forced } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { byteRate, changes, count, destroys, examples, forces, instant, wholeNumber } from '../options.ts'
import { UsageError } from '../output.ts'
import { printGrowth, printRecordsPlan, printReplicationFactor, refuseInUse } from '../print/topic-changes.ts'

/** `kops topics add-partitions | set-replication-factor | delete-records | truncate`. */
export function addTopicChangeCommands(topics: Command, context: CommandContext): void {
  forces(
    changes(
      topics
        .command('add-partitions')
        .description('add partitions; existing keys then map to other partitions')
        .argument('<topic>')
        .argument('<count>', 'new total number', wholeNumber)
    ),
    'add more than 100 at once; needs --reason'
  ).action(async (topicName: string, partitions: number, options: ChangeOptions & Forced) => {
    const asked = given({ partitions, force: options.force, reason: options.reason })
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) => client.call(endpoints.addPartitions, { params: { topicName }, query: { ...asked, dryRun } }),
      print: printGrowth
    })
  })

  changes(
    topics
      .command('set-replication-factor')
      .description('change the number of replicas; kops reassignments list shows the progress')
      .argument('<topic>')
      .argument('<count>', 'replicas per partition', wholeNumber)
      .option('--throttle <rate>', 'maximum bytes per second per broker: 10MB, 64MiB', byteRate)
  ).action(async (topicName: string, factor: number, options: ChangeOptions & { throttle?: number }) => {
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) =>
        client.call(endpoints.setReplicationFactor, {
          params: { topicName },
          query: given({ replicationFactor: factor, throttleBytesPerSec: options.throttle, dryRun })
        }),
      print: printReplicationFactor
    })
  })

  examples(
    forces(
      destroys(
        topics
          .command('delete-records')
          .description('delete the records before an offset or a time')
          .argument('<topic>')
          .option(
            '--before-offset <offset>',
            'records before this offset; needs --partition if there are several',
            count
          )
          .option('--before-time <time>', 'records before this time: 2026-01-31T12:00:00Z, or 2h ago', (value) =>
            instant(value)
          )
          .option('--partition <partition>', 'only this partition', count)
      )
    ),
    'topics delete-records orders --before-time 7d --dry-run',
    'topics delete-records orders --partition 0 --before-offset 1200'
  ).action(
    async (
      topicName: string,
      options: DestroyOptions & Forced & { beforeOffset?: number; beforeTime?: string; partition?: number }
    ) => {
      const { beforeOffset, beforeTime, partition, force, reason } = options
      if ((beforeOffset === undefined) === (beforeTime === undefined)) {
        throw new UsageError('either --before-offset or --before-time is required')
      }
      const asked = given({ beforeOffset, beforeTime, partition, force, reason })
      const client = await clientFor(context)
      await destroy(context, options, topicName, {
        call: (dryRun) => client.call(endpoints.deleteRecords, { params: { topicName }, query: { ...asked, dryRun } }),
        print: printRecordsPlan,
        refuse: refuseInUse(force),
        failed: ({ dryRun, applied }) => !dryRun && !applied
      })
    }
  )

  forces(
    destroys(
      topics.command('truncate').description('delete all records; keeps the topic and its settings').argument('<topic>')
    )
  ).action(async (topicName: string, options: DestroyOptions & Forced) => {
    const asked = given({ force: options.force, reason: options.reason })
    const client = await clientFor(context)
    await destroy(context, options, topicName, {
      call: (dryRun) => client.call(endpoints.truncateTopic, { params: { topicName }, query: { ...asked, dryRun } }),
      print: printRecordsPlan,
      refuse: refuseInUse(options.force),
      failed: ({ dryRun, applied }) => !dryRun && !applied
    })
  })
}
