import { stderr } from 'node:process'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import type { TopicSort } from '#shared/contracts/topics.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { printTable, type ReadOptions, show, tellNextPage } from '../answer.ts'
import { type ChangeOptions, carryOut } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { amount, changes, examples, reads, setting, wholeNumber } from '../options.ts'
import { type Output, paint, UsageError } from '../output.ts'
import {
  printAdvice,
  printCreation,
  printDetail,
  topicRow,
  topicsHead,
  troubledHead,
  troubledRow
} from '../print/topics.ts'
import { addTopicChangeCommands } from './topic-changes.ts'
import { addTopicConfigCommands } from './topic-configs.ts'
import { addTopicDeletionCommands } from './topic-deletions.ts'

interface ListOptions extends ReadOptions {
  name?: string
  internal?: boolean
  sort?: TopicSort
  order?: 'asc' | 'desc'
  limit: number
  cursor?: string
}

interface TroubleOptions {
  unhealthy?: boolean
  offline?: boolean
  underMinIsr?: boolean
  underReplicated?: boolean
}

interface CreateOptions extends ChangeOptions {
  partitions?: number
  replicationFactor?: number
  assignment?: number[][]
  config?: Record<string, string>
}

/** `kops topics …`, through admin-service: its guards hold here too. */
export function addTopicCommands(program: Command, context: CommandContext): void {
  const { output } = context
  const topics = program.command('topics').description('topics: list, create, configure, grow, empty, delete')
  examples(
    topics,
    'topics list --sort size --order desc',
    'topics list --unhealthy',
    'topics create orders -p 12 -c retention.ms=86400000 --dry-run',
    'topics config set orders retention.ms=3600000',
    'topics delete orders --grace 15m --reason "replaced by orders-v2"'
  )

  reads(
    topics
      .command('list')
      .description('topics with partitions, those in trouble, and sizes')
      .option('--unhealthy', 'only those with partitions in any trouble')
      .option('--offline', 'only those with partitions without a leader')
      .option('--under-min-isr', 'only those with partitions that refuse writes with acks=all')
      .option('--under-replicated', 'only those with partitions that lack a replica')
      .option('--name <text>', 'only those whose name contains this')
      .option('--internal', "Kafka's own topics too")
      .addOption(new Option('--sort <by>', 'name, size or partitions').choices(['name', 'size', 'partitions']))
      .addOption(new Option('--order <order>', 'asc or desc').choices(['asc', 'desc']))
      .option('--limit <count>', 'how many at most', wholeNumber, 10_000)
      .option('--cursor <cursor>', 'go on where a list ended')
  ).action(async ({ json, ...options }: ListOptions & TroubleOptions) => {
    const { unhealthy, offline, underMinIsr, underReplicated, ...query } = options
    const trouble = troubleOf(options)
    const client = await clientFor(context)
    if (trouble !== undefined) return listTroubled(output, client, { json }, trouble, query)
    const list = await client.call(endpoints.listTopics, { query: given(query) })
    // Only health-service reads min.insync.replicas; the list does not wait for it.
    const health = json
      ? undefined
      : await client.call(endpoints.topicsHealth, underMinIsrOf(query)).catch(() => undefined)
    show(output, { json }, list, () => {
      const refusing = new Map(health?.topics.map((topic) => [topic.name, topic.underMinIsr]))
      const rows = list.topics.map((topic) =>
        topicRow({ ...topic, underMinIsr: health ? (refusing.get(topic.name) ?? 0) : null })
      )
      printTable(output, topicsHead, rows, 'No topics.')
      tellNextPage(output, list)
    })
  })

  reads(
    topics
      .command('describe')
      .description('partitions with leaders, replicas, ISR and offsets, and the configuration that was set')
      .argument('<topic>')
  ).action(async (topicName: string, options: ReadOptions) => {
    const client = await clientFor(context)
    const topic = await client.call(endpoints.describeTopic, { params: { topicName } })
    show(output, options, topic, () => printDetail(output, topic))
  })

  examples(
    changes(
      topics
        .command('create')
        .description('create a topic; ends when every partition has a leader')
        .argument('<topic>')
        .option('-p, --partitions <count>', 'number of partitions', wholeNumber)
        .option('-r, --replication-factor <count>', 'replicas of each (default: 3)', wholeNumber)
        .option('--assignment <replicas>', 'brokers of each partition instead, 1:2:3,2:3:1', assignment)
        .option('-c, --config <name=value>', 'a setting of the topic; may be repeated', setting)
    ),
    'topics create orders -p 12',
    'topics create orders --assignment 1:2:3,2:3:1 -c cleanup.policy=compact'
  ).action(async (name: string, options: CreateOptions) => {
    const { partitions, assignment, replicationFactor, config } = options
    if (assignment === undefined && partitions === undefined)
      throw new UsageError('--partitions or --assignment is needed')
    const spread = assignment ? { assignment } : { replicationFactor: replicationFactor ?? 3 }
    const body = given({ name, partitions, ...spread, configs: config })
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) => client.call(endpoints.createTopic, { query: { dryRun }, body }),
      print: printCreation
    })
  })

  addTopicConfigCommands(topics, context)
  addTopicChangeCommands(topics, context)
  addTopicDeletionCommands(topics, context)

  examples(
    reads(
      topics
        .command('advice')
        .description('how many partitions a topic needs, and why')
        .requiredOption('--consumers <count>', 'consumers in its largest group', wholeNumber)
        .requiredOption('--throughput <MB>', 'megabytes a second at its peak', amount)
    ),
    'topics advice --consumers 12 --throughput 80'
  ).action(async ({ consumers, throughput, ...options }: { consumers: number; throughput: number } & ReadOptions) => {
    const client = await clientFor(context)
    const query = { consumers, throughputMbPerSec: throughput }
    const advice = await client.call(endpoints.advisePartitions, { query })
    show(output, options, advice, () => printAdvice(output, advice))
  })
}

/** `1:2:3,2:3:1`, as Kafka's own tool takes it. */
function assignment(value: string): number[][] {
  const partitions = value.split(',').map((replicas) => replicas.split(':'))
  if (!partitions.flat().every((id) => /^\d+$/.test(id))) throw new InvalidArgumentError('Not like 1:2:3,2:3:1.')
  return partitions.map((replicas) => replicas.map(Number))
}

type Trouble = 'any' | 'offline' | 'under_min_isr' | 'under_replicated'

/** @throws UsageError when several are given */
function troubleOf({ unhealthy, offline, underMinIsr, underReplicated }: TroubleOptions): Trouble | undefined {
  const given: Trouble[] = [
    ...(unhealthy ? (['any'] as const) : []),
    ...(offline ? (['offline'] as const) : []),
    ...(underMinIsr ? (['under_min_isr'] as const) : []),
    ...(underReplicated ? (['under_replicated'] as const) : [])
  ]
  if (given.length > 1) {
    throw new UsageError('only one of --unhealthy, --offline, --under-min-isr and --under-replicated may be given')
  }
  return given[0]
}

/** The topics of health-service's last reading, with internal ones; from admin-service where that does not answer. */
async function listTroubled(
  output: Output,
  client: Client,
  { json }: ReadOptions,
  trouble: Trouble,
  { internal: _internal, sort, order, ...query }: Omit<ListOptions, 'json'>
): Promise<void> {
  if (sort !== undefined || order !== undefined) throw new UsageError('topics in trouble are listed by name')
  const none = 'No topic is in this trouble.'
  try {
    const list = await client.call(endpoints.topicsHealth, { query: { ...given(query), trouble } })
    show(output, { json }, list, () => {
      printTable(output, troubledHead, list.topics.map(troubledRow), none)
      tellNextPage(output, list)
    })
  } catch (error) {
    if (!isKopsError(error, 'service_unreachable')) throw error
    if (trouble === 'under_min_isr') throw error
    output.error(paint('yellow', 'health-service does not answer: what is under min ISR is not known', stderr))
    const list = await client.call(endpoints.listTopics, { query: { ...given(query), trouble } })
    show(output, { json }, list, () => {
      const rows = list.topics.map((topic) => troubledRow({ ...topic, underMinIsr: null }))
      printTable(output, troubledHead, rows, none)
      tellNextPage(output, list)
    })
  }
}

function underMinIsrOf({ name }: Pick<ListOptions, 'name'>) {
  return { query: { ...given({ name }), trouble: 'under_min_isr', limit: 10_000 }, timeoutMs: 2000 } as const
}
