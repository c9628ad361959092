/**
 * One subject of bench/streams.ts in a process of its own: reads a topic to its end and writes what it derives from it. Sends its
 * parent what processor time that took, from the start of the process to the last commit.
 */
import { Consumer, type Message, Producer } from '@platformatic/kafka'
import { createAnalyticsProcessor } from '#apps/analytics/domain/processor.ts'
import { systemClock } from '#shared/clock.ts'
import { createPartitionSource } from '#shared/kafka/consuming/partition-source.ts'
import { createTransactionWriter } from '#shared/kafka/producing/transaction-writer.ts'
import { createRangeReader } from '#shared/kafka/verifying/range-reader.ts'
import type { Processor, ProcessorOutput } from '#shared/streams/tasks/port.ts'
import { createTask } from '#shared/streams/tasks/task.ts'
import { createTaskRunner } from '#shared/streams/tasks/task-runner.ts'

export const subjects = ['client', 'client tx', 'copy', 'copy tx', 'windows', 'windows tx'] as const
export type Subject = (typeof subjects)[number]

export interface StreamsRun {
  subject: Subject
  bootstrap: string
  /** Group, and the beginning of the names of its topics. */
  name: string
  input: string
  records: number
}
export interface StreamsResult {
  records: number
  cpuSeconds: number
  perSecond: number
}

const commitEveryMs = 100
const commitRecords = 20_000

/** Processor time of the whole process, until all records are committed; and how fast it was from the first commit on. */
function createMeter(records: number, onEnd: (result: StreamsResult) => void) {
  let done = 0
  let first: { at: number; done: number } | undefined
  return (committed: number) => {
    done += committed
    first ??= { at: performance.now(), done }
    if (done < records) return
    const { user, system } = process.cpuUsage()
    const seconds = (performance.now() - first.at) / 1000
    onEnd({ records: done, cpuSeconds: (user + system) / 1e6, perSecond: (done - first.done) / seconds })
  }
}

/** Writes each record as it is, and remembers nothing but its position. */
function copyingProcessor(output: string, changelog: string): Processor {
  let pending: ProcessorOutput[] = []
  return {
    ...{ position: undefined, watermarkMs: 0, restore() {}, idle: () => false },
    process({ each }) {
      each(({ bytes, valueStart, valueEnd }) => {
        pending.push({ topic: output, key: null, value: bytes.subarray(valueStart, valueEnd) })
      })
    },
    take(offset) {
      const taken = [...pending, { topic: changelog, key: Buffer.from('position'), value: Buffer.from(String(offset)) }]
      pending = []
      return taken
    }
  }
}

async function tasks(
  { subject, bootstrap, name, input }: StreamsRun,
  count: (committed: number) => void
): Promise<void> {
  const kafka = { bootstrapServers: bootstrap, clientId: name }
  const reader = createRangeReader(kafka)
  const source = createPartitionSource({ ...kafka, group: name, topic: input, isolation: 'read_committed' })
  const [output, changelog] = [`${name}-output`, `${name}-changelog`]
  const others = { alerts: output, late: output, deadLetters: output }
  const runner = createTaskRunner({
    ...{ source, clock: systemClock, onAssigned() {}, onProblem: (error) => console.error(error) },
    createTask(partition, onEvent) {
      const processor = subject.startsWith('copy')
        ? copyingProcessor(output, changelog)
        : createAnalyticsProcessor({
            ...{ name, partition, topics: { events: input, metrics: output, changelog, ...others } },
            ...{ disorderMs: 5000, futureMs: 600_000, idleMs: undefined },
            windows: [
              {
                ...{ name: 'by-type', window: { kind: 'tumbling', sizeMs: 60_000 }, latenessMs: 10_000 },
                ...{ where: [], groupBy: ['event_type'], alerts: [] },
                aggregates: [
                  { name: 'events', function: 'count' },
                  { name: 'amount', function: 'sum', field: 'data.amount' }
                ]
              }
            ]
          })
      const writer = createTransactionWriter({
        ...{ ...kafka, topics: [input, output, changelog], compression: 'lz4' },
        ...{ transactionalId: subject.endsWith('tx') ? `${name}-${partition}` : undefined },
        ...{ transactionTimeoutMs: 60_000, deadlineMs: 30_000 }
      })
      return createTask({
        ...{ group: name, topic: input, changelog, partition, startAt: 'earliest', processor, writer, reader, source },
        ...{ commitEveryMs, commitRecords, clock: systemClock, onEvent }
      })
    },
    onEvent(_partition, event) {
      if (event.kind === 'committed') count(event.records)
      else if (event.kind === 'failed') console.error(event.error)
    }
  })
  await runner.run(new AbortController().signal)
}

/** The same with the client library alone: reads, writes each record as it is, and commits the offsets as often as tasks do. */
async function client(
  { subject, bootstrap, name, input }: StreamsRun,
  count: (committed: number) => void
): Promise<void> {
  const isTransactional = subject.endsWith('tx')
  const bootstrapBrokers = bootstrap.split(',')
  const consumer = new Consumer({
    ...{ clientId: name, groupId: name, bootstrapBrokers, autocommit: false, isolationLevel: 1 },
    ...{ maxWaitTime: 500, maxBytes: 8 * 1024 * 1024 }
  })
  const producer = new Producer({
    ...{ clientId: name, bootstrapBrokers, idempotent: true, acks: -1, compression: 'lz4' },
    // Of 1 s by default, which a transaction behind another one takes each time (CONCURRENT_TRANSACTIONS).
    ...{ retryDelay: 10, retries: 1000 },
    ...(isTransactional ? { transactionalId: name } : {})
  })
  const stream = await consumer.consume({ topics: [input], mode: 'earliest', highWaterMark: 20_000 })
  const output = `${name}-output`

  async function write(batch: readonly Message[]): Promise<void> {
    const messages = batch.map(({ partition, value }) => ({ topic: output, partition, value }))
    const last = new Map(batch.map((message) => [message.partition, message]))
    if (isTransactional) {
      const transaction = await producer.beginTransaction()
      await transaction.addConsumer(consumer)
      await transaction.send({ messages })
      // One at a time: those that come together are taken for one.
      for (const message of last.values()) await transaction.addOffset(message)
      await transaction.commit()
    } else {
      await producer.send({ messages })
      const offsets = Array.from(last.values(), ({ topic, partition, offset }) => {
        return { topic, partition, offset: offset + 1n, leaderEpoch: -1 }
      })
      await consumer.commit({ offsets })
    }
    count(batch.length)
  }

  let batch: Message[] = []
  let startedAt = performance.now()
  // While one batch is written, the next is read.
  let writing: Promise<void> = Promise.resolve()
  /** Resolves when the batch before is written. */
  const flush = (): Promise<void> => {
    const [taken, before] = [batch, writing]
    batch = []
    startedAt = performance.now()
    writing = before.then(() => write(taken))
    writing.catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
    return before
  }
  const timer = setInterval(() => {
    if (batch.length > 0 && performance.now() - startedAt > 2 * commitEveryMs) void flush()
  }, commitEveryMs)
  for await (const message of stream) {
    batch.push(message)
    if (batch.length >= commitRecords || performance.now() - startedAt >= commitEveryMs) await flush()
  }
  clearInterval(timer)
}

process.once('message', (run: StreamsRun) => {
  const count = createMeter(run.records, (result) => process.send?.(result, () => process.exit(0)))
  const running = run.subject.startsWith('client') ? client(run, count) : tasks(run, count)
  running.catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
})
