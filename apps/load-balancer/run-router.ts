import { systemClock } from '#shared/clock.ts'
import {
  balancerTopics,
  ConfigUpdateSchema,
  HealthCheckSchema,
  ServiceReportSchema
} from '#shared/contracts/load-balancer.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import type { LogRecord, RecordWriter } from '#shared/kafka/records/port.ts'
import { createRecordReader } from '#shared/kafka/records/record-reader.ts'
import { createRecordWriter } from '#shared/kafka/records/record-writer.ts'
import { createMessageReader, type ReadMessage } from '#shared/streams/json-message.ts'
import { createDeadLetterWriter, deadLetterTopic } from './adapters/dead-letter-writer.ts'
import { followTopic } from './adapters/follow-topic.ts'
import { createGroupMember } from './adapters/group-member.ts'
import { reachCluster } from './adapters/reach-cluster.ts'
import { loadConsumer, loadKafka } from './config.ts'
import type { DeadLetters } from './domain/ports.ts'
import { createRouter, type RouterOutput } from './domain/routing/router.ts'
import { catalogOf, patienceMs, type RunOptions, untilAborted } from './run-options.ts'

export interface RouterRunOptions extends RunOptions {
  intervalMs: number
}

export interface Routed {
  reports: number
  deadLetters: number
  decisions: number
  alerts: number
}

export const routerGroup = 'smart-load-balancer'

/** Older health checks say nothing about now. */
const checksForMs = 600_000
const writeMs = 10_000
/** Reports of a partition between two commits: so many are read again after a kill. */
const batchRecords = 100
/** For dead letters that are not written when it ends. */
const lastMs = 5000

const readReport = createMessageReader(ServiceReportSchema)
const readCheck = createMessageReader(HealthCheckSchema)
const readUpdate = createMessageReader(ConfigUpdateSchema)

/**
 * `kops lb route`: reads what services report, and writes scores, decisions, aggregated metrics and alerts until the signal aborts.
 * @throws KopsError as reachCluster(); Error if the membership ends for good
 */
export async function runRouter(options: RouterRunOptions): Promise<Routed> {
  const { intervalMs, signal, say } = options
  const { serviceMetrics, healthStatus, configUpdates, decisions, aggregated, scores, alerts } = balancerTopics
  const inputs = [serviceMetrics, healthStatus, configUpdates]
  const kafka = { ...loadKafka(options.env), clientId: 'kops-lb-router' }
  const reader = createClusterReader(kafka)
  const records = createRecordReader(kafka)
  const writer = createRecordWriter(kafka)
  const router = createRouter({ intervalMs })
  const counts: Routed = { reports: 0, deadLetters: 0, decisions: 0, alerts: 0 }
  const [over, giveUp] = [new AbortController(), new AbortController()]
  const lettersOf = (topic: string) =>
    createDeadLetterWriter({ writer, topic, group: routerGroup, clock: systemClock, say, signal: giveUp.signal })
  const ofReports = lettersOf(serviceMetrics)

  const member = createGroupMember({
    ...{ kafka, settings: loadConsumer(options.env, say), group: routerGroup, topic: serviceMetrics, say },
    batchRecords,
    async process(partition, received) {
      for (const record of received) {
        const read = readReport(record.value)
        if ('message' in read) {
          router.report(read.message)
          counts.reports += 1
        } else {
          await ofReports.put(partition, record, read.problem)
          counts.deadLetters += 1
        }
      }
    }
  })
  const ending = AbortSignal.any([signal, member.failed, over.signal])

  /** Broken messages become dead letters when they arrive; those that were there at the start did so then. */
  function takeFrom<T>(topic: string, read: (value: Buffer | null) => ReadMessage<T>, take: (message: T) => void) {
    const letters = lettersOf(topic)
    return (record: LogRecord, isOld: boolean): void => {
      const result = read(record.value)
      if ('message' in result) take(result.message)
      else if (isOld) say(`${topic}-${record.partition}:${record.offset} is ignored: ${result.problem.message}`)
      else void putAside(letters, record, result.problem)
    }
  }

  async function putAside(letters: DeadLetters, record: LogRecord, problem: { errorClass: string; message: string }) {
    await letters.put(record.partition, record, problem).catch(() => undefined)
    counts.deadLetters += 1
  }

  function follow<T>(
    topic: string,
    start: { at: 'earliest' } | { at: 'timestamp'; timestampMs: number },
    read: (value: Buffer | null) => ReadMessage<T>,
    take: (message: T) => void
  ) {
    return followTopic({
      ...{ reader: records, topic, start, signal: ending, clock: systemClock },
      onRecord: takeFrom(topic, read, take),
      onProblem: (message) => say(`${topic}: ${message}`)
    })
  }

  let working: Promise<unknown> | undefined
  try {
    const needed = [...inputs, decisions, aggregated, scores, alerts, ...inputs.map(deadLetterTopic)]
    const topics = needed.map((name) => ({ name, catalog: catalogOf(name) }))
    await reachCluster({ ...kafka, reader, topics, say, signal, clock: systemClock, patienceMs })
    const followed = [
      await follow(configUpdates, { at: 'earliest' }, readUpdate, router.configure),
      await follow(healthStatus, { at: 'timestamp', timestampMs: Date.now() - checksForMs }, readCheck, router.check)
    ]
    await member.start()
    say(`Routing by ${inputs.join(', ')}, every ${intervalMs / 1000} s`)
    working = Promise.all([...followed.map(({ ended }) => ended), tickUntil(ending)])
    await untilAborted(ending)
    if (member.failed.aborted && !signal.aborted) throw member.failed.reason
    return counts
  } finally {
    const ended = new Error('the router has ended')
    over.abort(ended)
    const late = setTimeout(() => giveUp.abort(ended), lastMs)
    await member.leave()
    clearTimeout(late)
    giveUp.abort(ended)
    await working
    await Promise.all([writer.close(), records.close(), reader.close()])
  }

  async function tickUntil(signal: AbortSignal): Promise<void> {
    // What is not written yet comes before what follows from later reports.
    let waiting: RouterOutput[] = []
    while (!signal.aborted) {
      await systemClock.sleep(intervalMs, signal).catch(() => undefined)
      if (signal.aborted) return
      const made = router.tick(Date.now())
      for (const { topic, message } of made) {
        if (topic === decisions) {
          counts.decisions += 1
          say(`${message.serviceId}: ${message.reasons.join('; ')}`)
        } else if (topic === alerts) {
          counts.alerts += 1
          say(`${message.state} ${message.alert}: ${message.summary}`)
        }
      }
      waiting = await writeAll(writer, keptOf(waiting, made), say)
    }
  }
}

/** Decisions and alerts wait until they are written; of numbers only the latest ones are worth anything. */
function keptOf(waiting: readonly RouterOutput[], made: readonly RouterOutput[]): RouterOutput[] {
  const { decisions, alerts } = balancerTopics
  return [...waiting.filter(({ topic }) => topic === decisions || topic === alerts), ...made]
}

/** @returns what was not written; what may have been is written again */
async function writeAll(
  writer: Pick<RecordWriter, 'write'>,
  outputs: readonly RouterOutput[],
  say: RunOptions['say']
): Promise<RouterOutput[]> {
  const byTopic = Map.groupBy(outputs, ({ topic }) => topic)
  const left = await Promise.all(
    Array.from(byTopic, async ([topic, some]) => {
      const lines = some.map(({ key, message }) => ({
        ...{ key: Buffer.from(key), headers: [] },
        value: Buffer.from(JSON.stringify(message))
      }))
      try {
        const results = await writer.write(topic, lines, { deadlineMs: writeMs })
        const failed = results.find((result) => result.status !== 'acknowledged')
        if (failed) say(`${topic}: ${failed.error.message}`)
        return some.filter((_, at) => results[at]?.status !== 'acknowledged')
      } catch (error) {
        say(`${topic}: ${error instanceof Error ? error.message : error}`)
        return some
      }
    })
  )
  return left.flat()
}
