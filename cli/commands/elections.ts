import type { Command } from 'commander'
import type { ElectionResult } from '#shared/contracts/elections.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { type Change, carryOut, type DestroyOptions, destroy } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { destroys, examples, type TopicPartitions, topicPartitions } from '../options.ts'
import { UsageError } from '../output.ts'
import { printElections } from '../print/elections.ts'

interface ElectionOptions extends DestroyOptions {
  partition?: TopicPartitions[]
  unclean?: boolean
  reason?: string
}

type Plan = ElectionResult

/** `kops brokers elect-leaders` */
export function addElectionCommand(brokers: Command, context: CommandContext): void {
  examples(
    destroys(
      brokers
        .command('elect-leaders')
        .description('make in-sync preferred replicas leaders again')
        .option('--partition <topic:partitions>', 'only these partitions: orders:0,3; may be repeated', topicPartitions)
        .option(
          '--unclean',
          'make an out-of-sync replica the leader of a partition without one: loses records that only other replicas had; asks for confirmation'
        )
        .option('--reason <text>', 'reason for the audit trail; required with --unclean')
    ),
    'brokers elect-leaders --partition orders:0,3',
    'brokers elect-leaders --unclean --partition orders:0 --dry-run'
  ).action(async ({ unclean, reason, partition, ...options }: ElectionOptions) => {
    const partitions = partition?.flatMap(({ topic, partitions }) => {
      if (partitions === undefined) throw new UsageError(`name the partitions of ${topic}, such as ${topic}:0,1`)
      return partitions.map((partition) => ({ topic, partition }))
    })
    const names = partitions?.map(({ topic, partition }) => `${topic}-${partition}`)
    if (unclean && !names) throw new UsageError('--unclean needs --partition for each partition that may lose records')
    if (unclean && reason === undefined && !options.dryRun) throw new UsageError('--unclean needs --reason')
    const client = await clientFor(context)
    const change: Change<Plan> = {
      call: (dryRun) =>
        client.call(endpoints.electLeaders, {
          query: { dryRun },
          body: unclean
            ? { kind: 'unclean', ...given({ partitions, acceptLoss: names, reason }) }
            : { kind: 'preferred', partitions: partitions ?? 'all', ...given({ reason }) }
        }),
      print: printElections,
      refuse: assertPlanned,
      failed: (plan) => plan.partitions.some(({ outcome }) => outcome === 'failed')
    }
    if (unclean) await destroy(context, options, names?.join(',') ?? '', change)
    else await carryOut(context, options, change)
  })
}

function assertPlanned({ partitions }: Plan): void {
  if (partitions.some(({ outcome }) => outcome === 'planned')) return
  throw new KopsError('kafka_refused', 'none of these partitions both needs and allows an unclean election')
}
