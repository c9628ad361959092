import type { FastifyBaseLogger } from 'fastify'
import fp from 'fastify-plugin'
import { systemClock } from '#shared/clock.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import { createPartitionSource } from '#shared/kafka/consuming/partition-source.ts'
import { createTransactionWriter } from '#shared/kafka/producing/transaction-writer.ts'
import { parseKafka } from '#shared/kafka/settings.ts'
import type { RangeReader } from '#shared/kafka/verifying/port.ts'
import { createRangeReader } from '#shared/kafka/verifying/range-reader.ts'
import { createTask, isFenced, type TaskEvent } from '#shared/streams/tasks/task.ts'
import { createTaskRunner, type TaskRunner } from '#shared/streams/tasks/task-runner.ts'
import { type AnalyticsConfig, clientSettings } from './config.ts'
import type { Analytics } from './definition.ts'
import { type AnalyticsProcessor, createAnalyticsProcessor } from './domain/processor.ts'
import { analyticsMetrics } from './metrics.ts'

/** An open transaction holds up who reads committed results for so long after a process was killed and has no successor. */
const transactionTimeoutMs = 60_000
/** Less than that, so that a transaction is given up before it is taken away. */
const writeDeadlineMs = 30_000
/** Between two attempts to begin. */
const retryMs = 2000
const checkMs = 10_000

interface AnalyticsPluginOptions {
  config: AnalyticsConfig
  analytics: Analytics
}

/** Runs the tasks of a definition from when the app is ready until it is closed. */
export const analyticsPlugin = fp<AnalyticsPluginOptions>(
  async (app, { config, analytics }) => {
    const { name, topics } = analytics
    const kafka = { ...parseKafka(config), clientId: name }
    const { compression, fetch, startAt = analytics.startAt, warnings } = clientSettings(config)
    for (const warning of warnings) app.log.warn(warning)
    const reader = createRangeReader(kafka)
    const processors = new Map<number, AnalyticsProcessor>()
    const over = new AbortController()
    let runner: TaskRunner | undefined
    const metrics = analyticsMetrics(app.metrics, () => ({ tasks: runner?.tasks ?? new Map(), processors }))
    const report = createReport(app.log)

    function createOwnTask(
      partition: number,
      onEvent: (event: TaskEvent) => void,
      source: ReturnType<typeof createPartitionSource>
    ) {
      const processor = createAnalyticsProcessor({ ...analytics, partition })
      processors.set(partition, processor)
      const writer = createTransactionWriter({
        ...{ ...kafka, transactionTimeoutMs, deadlineMs: writeDeadlineMs },
        transactionalId: analytics.isTransactional ? `${name}-${partition}` : undefined,
        ...{ topics: Object.values(topics), lastTopic: topics.changelog, compression }
      })
      const { commitEveryMs, commitRecords } = analytics
      return createTask({
        ...{ group: name, topic: topics.events, changelog: topics.changelog, partition, startAt },
        ...{ processor, writer, reader, source, commitEveryMs, commitRecords, clock: systemClock, onEvent }
      })
    }

    async function runOnce(signal: AbortSignal): Promise<void> {
      await checkTopics(reader, topics, AbortSignal.any([signal, AbortSignal.timeout(checkMs)]))
      const source = createPartitionSource({
        ...{ ...kafka, group: name, topic: topics.events, isolation: 'read_committed' as const, fetch }
      })
      const running = createTaskRunner({
        source,
        clock: systemClock,
        createTask: (partition, onEvent) => createOwnTask(partition, onEvent, source),
        onEvent(partition, event) {
          metrics.count(event)
          logEvent(app.log, partition, event, processors.get(partition)?.discarded ?? 0)
        },
        onAssigned(partitions) {
          for (const partition of processors.keys()) if (!partitions.includes(partition)) processors.delete(partition)
          report.resolved()
          app.log.info({ partitions }, 'partitions assigned')
        },
        onProblem: report.problem
      })
      runner = running
      try {
        await running.run(signal)
      } finally {
        source.close()
      }
    }

    async function live(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        try {
          await runOnce(signal)
        } catch (error) {
          if (signal.aborted) return
          report.problem(error)
          await systemClock.sleep(retryMs, signal).catch(() => undefined)
        }
      }
    }

    let living: Promise<void> | undefined
    app.addHook('onListen', async () => {
      app.log.info({ ...topics, windows: analytics.windows.map((each) => each.name) }, `${name} begins`)
      living = live(over.signal)
    })
    app.addHook('onClose', async () => {
      over.abort(new Error('The application is closed'))
      await living
      await reader.close()
    })
  },
  { name: 'analytics', dependencies: ['metrics'] }
)

/** @throws KopsError topic_not_found, topic_not_ready, partitions_invalid, cluster_unreachable */
async function checkTopics(reader: RangeReader, topics: Analytics['topics'], signal: AbortSignal): Promise<void> {
  const counts = new Map<string, number>()
  for (const topic of Object.values(topics)) {
    try {
      counts.set(topic, (await reader.offsets(topic, signal)).length)
    } catch (error) {
      if (!isKopsError(error, 'topic_not_found')) throw error
      const hint = 'catalog/streaming-analytics.yaml has the topics of analytics: kops catalog apply creates them'
      throw new KopsError('topic_not_found', `${topic} does not exist. ${hint}`, { cause: error })
    }
  }
  const [events, changelog] = [counts.get(topics.events), counts.get(topics.changelog)]
  if (events === changelog) return
  const message = `${topics.changelog} has ${changelog} partitions, and ${topics.events} has ${events}: they have to be as many`
  throw new KopsError('partitions_invalid', message)
}

/** Says a problem once, however often it is met, and once that it is over. */
function createReport(log: FastifyBaseLogger) {
  let last: string | undefined
  return {
    problem(error: unknown) {
      const message = error instanceof Error ? error.message : String(error)
      if (message === last) return
      last = message
      log.warn(isKopsError(error) ? { code: error.code, kafkaError: error.kafkaError } : { err: error }, message)
    },
    resolved() {
      if (last !== undefined) log.info('the problem is over')
      last = undefined
    }
  }
}

function logEvent(log: FastifyBaseLogger, partition: number, event: TaskEvent, discarded: number): void {
  switch (event.kind) {
    case 'restored': {
      const { position, records, ms } = event
      log.info({ partition, position, records, ms: Math.round(ms), discarded }, 'task runs')
      return
    }
    case 'diverged':
      log.warn(
        { partition, ...event },
        'the group was reset: the state goes on at its own offset, so that nothing counts twice'
      )
      return
    case 'stateless':
      log.warn(
        { partition, ...event },
        'the changelog is empty: windows that are open begin without their earlier events'
      )
      return
    case 'unreadable':
      log.error({ partition, ...event }, 'offsets that cannot be read are left out')
      return
    case 'failed': {
      const { error } = event
      const fields = isKopsError(error)
        ? { code: error.code, kafkaError: error.kafkaError, reason: error.message }
        : { err: error }
      const what = isFenced(error) ? 'task fenced: the partition has another owner' : 'task failed'
      log.warn(
        { partition, ...fields },
        `${what}; it begins again from what is committed once the group confirms the partition`
      )
    }
  }
}
