import { type Command, InvalidArgumentError } from 'commander'
import { endpoints } from '../../shared/client/endpoints.ts'
import type { TopicPlan, TopicSummary } from '../../shared/contracts/topics.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { bytes, type Output, paint, table, warn } from '../output.ts'

interface CreateOptions {
  partitions: number
  replicationFactor: number
  config?: Record<string, string>
  dryRun?: boolean
}

interface DeleteOptions {
  yes?: boolean
  grace?: string
  force?: boolean
  reason?: string
}

/** `kops topics …`, through admin-service: its guards hold here too. */
export function addTopicCommands(program: Command, context: CommandContext): void {
  const { output } = context
  const topics = program.command('topics').description('topics, through admin-service')

  topics
    .command('list')
    .description('topics by name, with partitions, replicas and sizes')
    .option('--name <text>', 'only those whose name contains this')
    .option('--internal', "Kafka's own topics too")
    .option('--json', 'as JSON')
    .action(async ({ name, internal, json }: { name?: string; internal?: boolean; json?: boolean }) => {
      const client = await clientFor(context)
      const query = { ...(name === undefined ? {} : { name }), internal: internal ?? false, limit: 10_000 }
      const list = await client.call(endpoints.listTopics, { query })
      if (json) return output.print(JSON.stringify(list, null, 2))
      output.print(table(['TOPIC', 'PARTITIONS', 'REPLICAS', 'UNDER-REPLICATED', 'SIZE'], list.topics.map(summaryRow)))
      warn(output, list.warnings)
    })

  topics
    .command('describe')
    .description('partitions with leaders, replicas, ISR and offsets, and the configuration that was set')
    .argument('<topic>')
    .option('--json', 'as JSON')
    .action(async (topicName: string, { json }: { json?: boolean }) => {
      const client = await clientFor(context)
      const topic = await client.call(endpoints.describeTopic, { params: { topicName } })
      if (json) return output.print(JSON.stringify(topic, null, 2))
      const rows = topic.partitions.map((partition) => [
        String(partition.partition),
        partition.leader === null ? paint('red', 'none') : String(partition.leader),
        partition.replicas.join(','),
        partition.isr.join(','),
        partition.logStartOffset === null ? `(${partition.offsetsReason})` : String(partition.logStartOffset),
        partition.logEndOffset === null ? '-' : String(partition.logEndOffset),
        bytes(partition.sizeBytes)
      ])
      output.print(table(['PARTITION', 'LEADER', 'REPLICAS', 'ISR', 'START', 'END', 'SIZE'], rows))
      const set = topic.configs.filter(({ source }) => source === 'dynamic_topic')
      if (set.length > 0) output.print(`\n${table(['CONFIGURATION', 'VALUE'], set.map(configRow))}`)
      warn(output, topic.warnings)
    })

  topics
    .command('create')
    .description('create a topic; ends when every partition has a leader')
    .argument('<topic>')
    .requiredOption('-p, --partitions <count>', 'number of partitions', wholeNumber)
    .option('-r, --replication-factor <count>', 'replicas of each', wholeNumber, 3)
    .option('-c, --config <name=value>', 'a setting of the topic; may be repeated', setting)
    .option('--dry-run', 'show the plan, change nothing')
    .action(async (name: string, { partitions, replicationFactor, config, dryRun }: CreateOptions) => {
      const client = await clientFor(context)
      const body = { name, partitions, replicationFactor, ...(config ? { configs: config } : {}) }
      printPlan(output, await client.call(endpoints.createTopic, { query: { dryRun: dryRun ?? false }, body }))
    })

  topics
    .command('delete')
    .description('delete a topic and its records; without --yes only the plan is shown')
    .argument('<topic>')
    .option('--yes', 'do it')
    .option('--force', 'although it is in use; needs --reason')
    .option('--reason <text>', 'why, for the audit trail')
    .option('--grace <time>', 'delete it after this time (15m, 2h) unless that is cancelled')
    .action(async (topicName: string, { yes, grace, force, reason }: DeleteOptions) => {
      const client = await clientFor(context)
      const asked = { params: { topicName }, query: { force: force ?? false, ...(reason ? { reason } : {}) } }
      if (yes && grace !== undefined) {
        const { id, dueAt } = await client.call(endpoints.scheduleTopicDeletion, {
          ...asked,
          query: { ...asked.query, grace }
        })
        return output.print(`${topicName} will be deleted at ${dueAt}, as ${id}`)
      }
      const plan = await client.call(endpoints.deleteTopic, { ...asked, query: { ...asked.query, dryRun: !yes } })
      printPlan(output, plan)
      for (const { group, state, members } of plan.groups) {
        output.print(`  group ${group}: ${state}, ${members ?? 'an unknown number of'} members`)
      }
      if (plan.lastWriteAt !== null) output.print(`  last record of ${plan.lastWriteAt}`)
      if (!yes) warn(output, plan.obstacles)
      if (!yes) output.print(`Nothing is deleted yet: kops topics delete ${topicName} --yes`)
    })

  topics
    .command('recreate')
    .description('make a deleted topic again, without its records; without --yes only the plan is shown')
    .argument('<topic>')
    .option('--yes', 'do it')
    .action(async (topicName: string, { yes }: { yes?: boolean }) => {
      const client = await clientFor(context)
      const query = { dryRun: !yes }
      const { topic, deletedAt, warnings } = await client.call(endpoints.recreateTopic, {
        params: { topicName },
        query
      })
      const verb = yes ? 'made' : 'would make'
      output.print(`${verb} ${topic.name} as it was at ${deletedAt}: ${topic.partitions} partitions, empty`)
      warn(output, warnings)
    })
}

function summaryRow(topic: TopicSummary): string[] {
  const { name, partitions, replicationFactor, underReplicated, sizeBytes } = topic
  const under = underReplicated === 0 ? '0' : paint('red', String(underReplicated))
  return [name, String(partitions), String(replicationFactor), under, bytes(sizeBytes)]
}

function configRow({ name, value }: { name: string; value: string | null }): string[] {
  return [name, value ?? '(hidden)']
}

function printPlan(output: Output, plan: TopicPlan): void {
  const { action, topic, applied, dryRun } = plan
  const verb = dryRun ? `would ${action}` : applied ? `${action}d` : `did not ${action}`
  output.print(`${verb} ${topic.name}: ${topic.partitions} partitions, replication factor ${topic.replicationFactor}`)
  for (const [name, value] of Object.entries(topic.configs ?? {})) output.print(`  ${name}=${value}`)
  if (plan.records !== undefined) {
    output.print(`  ${plan.records ?? 'an unknown number of'} records, ${bytes(plan.sizeBytes ?? null)} on disk`)
  }
  warn(output, plan.warnings)
}

function wholeNumber(value: string): number {
  const number = Number(value)
  if (Number.isInteger(number) && number > 0) return number
  throw new InvalidArgumentError('Not a whole number above 0.')
}

function setting(value: string, before: Record<string, string> = {}): Record<string, string> {
  const at = value.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Not name=value.')
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) }
}
