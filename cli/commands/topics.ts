import { stderr } from 'node:process'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Client } from '#shared/client/client.ts'
import { endpoints } from '#shared/contracts/endpoints.ts'
import { type TopicSort, TopicSortSchema } from '#shared/contracts/topics.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { printTable, type ReadOptions, show, tellNextPage } from '../answer.ts'
import { type ChangeOptions, carryOut, type Forced } from '../change.ts'
import { type CommandContext, clientFor } from '../context.ts'
import { given } from '../given.ts'
import { amount, creates, examples, reads, setting, watches, wholeNumber } from '../options.ts'
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
import { type Shown, showOrWatch, type WatchOptions } from '../watch.ts'
import { addTopicChangeCommands } from './topic-changes.ts'
import { addTopicConfigCommands } from './topic-configs.ts'
import { addTopicDeletionCommands } from './topic-deletions.ts'

interface ListOptions extends WatchOptions {
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

interface CreateOptions extends ChangeOptions, Forced {
  partitions?: number
  replicationFactor?: number
  assignment?: number[][]
  config?: Record<string, string>
}

/** `kops topics …`, through admin-service: its guards hold here too. */
export function addTopicCommands(topics: Command, context: CommandContext): void {
  const { output } = context
  examples(
    topics,
    'topics list --sort size --order desc',
    'topics list --unhealthy',
    'topics create orders -p 12 -c retention.ms=86400000 --dry-run',
    'topics config set orders retention.ms=3600000',
    'topics delete orders --grace 15m --reason "replaced by orders-v2"'
  )

  watches(
    reads(
      topics
        .command('list')
        .description('list topics with partitions, troubles and sizes')
        .option('--unhealthy', 'only topics with partitions in any trouble')
        .option('--offline', 'only topics with partitions without a leader')
        .option('--under-min-isr', 'only topics with partitions that refuse writes with acks=all')
        .option('--under-replicated', 'only topics with under-replicated partitions')
        .option('--name <text>', 'only names that contain this')
        .option('--internal', "include Kafka's own topics")
        .addOption(new Option('--sort <by>', 'name, size, partitions or trouble').choices(TopicSortSchema.enum))
        .addOption(new Option('--order <order>', 'asc or desc').choices(['asc', 'desc']))
        .option('--limit <count>', 'how many at most', wholeNumber, 10_000)
        .option('--cursor <cursor>', 'continue where a list ended')
    )
  ).action(async ({ json, watch, ...options }: ListOptions & TroubleOptions) => {
    const { unhealthy, offline, underMinIsr, underReplicated, ...query } = options
    const trouble = troubleOf(options)
    const client = await clientFor(context)
    await showOrWatch(
      output,
      { json, watch },
      {
        name: 'kops topics list',
        read: () =>
          trouble === undefined
            ? readTopics(client, query, Boolean(json))
            : readTroubled(output, client, trouble, query)
      }
    )
  })

  reads(
    topics
      .command('describe')
      .description('show partitions with leaders, replicas, ISR and offsets, and overrides')
      .argument('<topic>')
  ).action(async (topicName: string, options: ReadOptions) => {
    const client = await clientFor(context)
    const topic = await client.call(endpoints.describeTopic, { params: { topicName } })
    show(output, options, topic, () => printDetail(output, topic))
  })

  examples(
    creates(
      topics
        .command('create')
        .description('create a topic, and wait until every partition has a leader')
        .argument('<topic>')
        .option('-p, --partitions <count>', 'number of partitions', wholeNumber)
        .option('-r, --replication-factor <count>', 'replicas per partition (default: 3)', wholeNumber)
        .option('--assignment <replicas>', 'explicit brokers of each partition: 1:2:3,2:3:1', assignment)
        .option('-c, --config <name=value>', 'override; may be repeated', setting)
    ),
    'topics create orders -p 12',
    'topics create orders --assignment 1:2:3,2:3:1 -c cleanup.policy=compact'
  ).action(async (name: string, options: CreateOptions) => {
    const { partitions, assignment, replicationFactor, config, force, reason } = options
    if (assignment === undefined && partitions === undefined)
      throw new UsageError('--partitions or --assignment is required')
    const spread = assignment ? { assignment } : { replicationFactor: replicationFactor ?? 3 }
    const body = given({ name, partitions, ...spread, configs: config })
    const client = await clientFor(context)
    await carryOut(context, options, {
      call: (dryRun) => client.call(endpoints.createTopic, { query: given({ force, reason, dryRun }), body }),
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
        .description('advise on the number of partitions and on settings for production, with reasons')
        .requiredOption('--consumers <count>', 'consumers in the largest group', wholeNumber)
        .requiredOption('--throughput <MB>', 'peak megabytes per second', amount)
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
    throw new UsageError('use only one of --unhealthy, --offline, --under-min-isr and --under-replicated')
  }
  return given[0]
}

type ListQuery = Omit<ListOptions, 'json' | 'watch'>

async function readTopics(client: Client, query: ListQuery, asData: boolean): Promise<Shown> {
  const list = await client.call(endpoints.listTopics, { query: given(query) })
  // Only health-service reads min.insync.replicas; the list does not wait for it.
  const health = asData
    ? undefined
    : await client.call(endpoints.topicsHealth, underMinIsrOf(query)).catch(() => undefined)
  const refusing = new Map(health?.topics.map((topic) => [topic.name, topic.underMinIsr]))
  const print = (page: Output) => {
    const rows = list.topics.map((topic) =>
      topicRow({ ...topic, underMinIsr: health ? (refusing.get(topic.name) ?? 0) : null })
    )
    printTable(page, topicsHead, rows, 'No topics.')
    tellNextPage(page, list)
  }
  return { answer: list, print }
}

/** The topics of health-service's last reading, including internal ones; from admin-service if that does not give it. */
async function readTroubled(
  output: Output,
  client: Client,
  trouble: Trouble,
  { internal: _internal, sort, order, ...query }: ListQuery
): Promise<Shown> {
  if (sort !== undefined || order !== undefined) throw new UsageError('topics in trouble are always sorted by name')
  const none = 'No topic has this trouble.'
  try {
    const list = await client.call(endpoints.topicsHealth, { query: { ...given(query), trouble } })
    const print = (page: Output) => {
      printTable(page, troubledHead, list.topics.map(troubledRow), none)
      tellNextPage(page, list)
    }
    return { answer: list, print }
  } catch (error) {
    // A token that is limited to topics may not ask health-service.
    const forbidden = isKopsError(error, 'forbidden')
    if (!forbidden && !isKopsError(error, 'service_unreachable')) throw error
    if (trouble === 'under_min_isr') throw error
    const why = forbidden ? 'health-service does not allow this' : 'health-service does not answer'
    output.error(paint('yellow', `${why}: partitions under min ISR are unknown`, stderr))
    const list = await client.call(endpoints.listTopics, { query: { ...given(query), trouble } })
    const print = (page: Output) => {
      const rows = list.topics.map((topic) => troubledRow({ ...topic, underMinIsr: null }))
      printTable(page, troubledHead, rows, none)
      tellNextPage(page, list)
    }
    return { answer: list, print }
  }
}

function underMinIsrOf({ name }: Pick<ListOptions, 'name'>) {
  return { query: { ...given({ name }), trouble: 'under_min_isr', limit: 10_000 }, timeoutMs: 2000 } as const
}
