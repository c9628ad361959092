import { type Command, InvalidArgumentError, Option } from 'commander'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { brokerName } from '#shared/kafka/model.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type ChangeOptions, carryOut } from '../change.ts'
import { printConfigPlan, printConfigs, removalsOf, selectConfigs, settingsOf } from '../configs.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { broker, byteRate, changes, examples, forces, reads, several } from '../options.ts'
import { printBroker, printBrokers } from '../print/brokers.ts'
import { printReassignment } from '../print/reassignments.ts'
import { addElectionCommand } from './elections.ts'

interface MoveOptions extends ChangeOptions {
  topic?: string[]
  throttle?: number
}

interface DrainOptions extends MoveOptions {
  mode: 'replicas' | 'leaderships' | 'possible'
  force?: boolean
  reason?: string
}

/** `kops brokers …` */
export function addBrokerCommands(brokers: Command, context: CommandContext): void {
  const { output } = context
  examples(
    brokers,
    'brokers list',
    'brokers drain 2 --throttle 10MB --dry-run',
    'brokers refill 2 --throttle 10MB',
    'brokers elect-leaders',
    'brokers config set default log.cleaner.threads=2'
  )

  reads(brokers.command('list').description('list brokers with rack, replicas, leaders and disk space')).action(
    async (options: ReadOptions) => {
      const client = await clientFor(context)
      show(output, options, await client.call(endpoints.listBrokers, {}), (list) => printBrokers(output, list))
    }
  )

  reads(
    brokers
      .command('describe')
      .description('show a broker and its log directories')
      .argument('<broker>', 'kafka-2, or 2', broker)
  ).action(async (brokerId: number, options: ReadOptions) => {
    const client = await clientFor(context)
    const detail = await client.call(endpoints.describeBroker, { params: { brokerId } })
    show(output, options, detail, () => printBroker(output, detail.broker))
  })

  addConfigCommands(brokers, context)

  addElectionCommand(brokers, context)

  forces(
    moves(
      brokers
        .command('drain')
        .description('move everything off a broker before maintenance')
        .argument('<broker>', 'kafka-2, or 2', broker)
        .addOption(
          new Option('--mode <what>', 'replicas, leaderships, or whatever is possible')
            .choices(['replicas', 'leaderships', 'possible'])
            .default('replicas')
        )
    ),
    'proceed although partitions would be left short of in-sync replicas; needs --reason'
  ).action(async (brokerId: number, options: DrainOptions) => {
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) =>
        client.call(endpoints.drainBroker, {
          params: { brokerId },
          query: { dryRun },
          body: { mode: options.mode, ...moveBody(options), ...given({ force: options.force, reason: options.reason }) }
        }),
      print: printReassignment,
      failed: ({ refused }) => refused.length > 0
    })
  })

  moves(
    brokers
      .command('refill')
      .description('give a broker back its share of replicas and leaderships')
      .argument('<broker>', 'kafka-2, or 2', broker)
  ).action(async (brokerId: number, options: MoveOptions) => {
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) =>
        client.call(endpoints.refillBroker, { params: { brokerId }, query: { dryRun }, body: moveBody(options) }),
      print: printReassignment,
      failed: ({ refused }) => refused.length > 0
    })
  })
}

function moves(command: Command): Command {
  return changes(
    command
      .option('--topic <topic>', 'only this topic; may be repeated', several)
      .option('--throttle <rate>', 'maximum bytes per second per broker: 10MB, 64MiB', byteRate)
  )
}

function moveBody({ topic, throttle }: MoveOptions) {
  return given({ topics: topic, throttleBytesPerSec: throttle })
}

/** A broker, or the cluster-wide default. */
type Target = number | 'default'

function target(value: string): Target {
  if (value === 'default') return value
  if (/^(kafka-)?\d+$/.test(value)) return broker(value)
  throw new InvalidArgumentError('Neither a broker (kafka-2, or 2) nor default.')
}

function addConfigCommands(brokers: Command, context: CommandContext): void {
  const { output } = context
  const config = brokers
    .command('config')
    .description('settings of a broker, or the cluster-wide default: get, set, unset')
  const which = 'kafka-2 or 2; default for all'
  const nameOf = (of: Target) => (of === 'default' ? 'all brokers' : brokerName(of))

  reads(
    config
      .command('get')
      .description('show overrides; with names those settings, with --all every setting')
      .argument('<broker>', which, target)
      .argument('[names...]', 'only these')
      .option('--all', 'defaults too')
  ).action(async (of: Target, names: string[], { all, ...options }: { all?: boolean } & ReadOptions) => {
    const client = await clientFor(context)
    const list =
      of === 'default'
        ? await client.call(endpoints.listDefaultBrokerConfigs, {})
        : await client.call(endpoints.listBrokerConfigs, { params: { brokerId: of } })
    const named = selectConfigs(list.configs, names)
    const configs = all || names.length > 0 ? named : named.filter(({ source }) => source !== 'default')
    show(output, options, names.length === 0 ? list : { ...list, configs }, () =>
      printConfigs(output, configs, `${nameOf(of)} has no overrides.`)
    )
  })

  async function patch(of: Target, configs: Record<string, string | null>, options: ChangeOptions) {
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) =>
        of === 'default'
          ? client.call(endpoints.alterDefaultBrokerConfigs, { query: { dryRun }, body: { configs } })
          : client.call(endpoints.alterBrokerConfigs, {
              params: { brokerId: of },
              query: { dryRun },
              body: { configs }
            }),
      print: (output, plan) => printConfigPlan(output, nameOf(of), plan)
    })
  }

  changes(
    config
      .command('set')
      .description('change settings, without a restart')
      .argument('<broker>', which, target)
      .argument('<name=value...>')
  ).action((of: Target, pairs: string[], options: ChangeOptions) => patch(of, settingsOf(pairs), options))

  changes(
    config.command('unset').description('remove overrides').argument('<broker>', which, target).argument('<names...>')
  ).action((of: Target, names: string[], options: ChangeOptions) => patch(of, removalsOf(names), options))
}
