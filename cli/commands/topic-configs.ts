import type { Command } from 'commander'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type ReadOptions, show } from '../answer.ts'
import { type ChangeOptions, carryOut } from '../change.ts'
import { printConfigPlan, printConfigs, removalsOf, selectConfigs, settingsOf } from '../configs.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { changes, examples, reads } from '../options.ts'

/** `kops topics config …`. No other override is touched. */
export function addTopicConfigCommands(topics: Command, context: CommandContext): void {
  const { output } = context
  const config = topics.command('config').description('settings of a topic: get, set, unset')
  examples(
    config,
    'topics config get orders',
    'topics config set orders retention.ms=86400000 cleanup.policy=delete',
    'topics config unset orders retention.ms'
  )

  reads(
    config
      .command('get')
      .description('show overrides; with names those settings, with --all every setting')
      .argument('<topic>')
      .argument('[names...]', 'only these')
      .option('--all', 'include inherited settings')
  ).action(async (topicName: string, names: string[], { all, ...options }: { all?: boolean } & ReadOptions) => {
    const query = all || names.length > 0 ? {} : { overridden: true }
    const client = await clientFor(context)
    const list = await client.call(endpoints.listTopicConfigs, { params: { topicName }, query })
    const configs = selectConfigs(list.configs, names)
    show(output, options, names.length === 0 ? list : { ...list, configs }, () =>
      printConfigs(output, configs, `${topicName} has no overrides; --all shows inherited settings.`)
    )
  })

  async function patch(topicName: string, configs: Record<string, string | null>, options: ChangeOptions) {
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) =>
        client.call(endpoints.alterTopicConfigs, { params: { topicName }, query: { dryRun }, body: { configs } }),
      print: (output, plan) => printConfigPlan(output, plan.topic, plan)
    })
  }

  changes(config.command('set').description('set settings').argument('<topic>').argument('<name=value...>')).action(
    (topic: string, pairs: string[], options: ChangeOptions) => patch(topic, settingsOf(pairs), options)
  )

  changes(
    config
      .command('unset')
      .description('remove overrides, so that the default of the brokers applies')
      .argument('<topic>')
      .argument('<names...>')
  ).action((topic: string, names: string[], options: ChangeOptions) => patch(topic, removalsOf(names), options))
}
