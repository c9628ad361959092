import {
  type BalancedRequest,
  BalancedRequestSchema,
  type BalancedResponse,
  type BalancerMetrics
} from '#shared/contracts/load-balancer.ts'
import type { SubscribedRecord } from '#shared/kafka/subscribing/port.ts'
import { createMessageReader, type ReadMessage } from '#shared/streams/json-message.ts'
import type { DeadLetters } from './ports.ts'
import { createRequestQueue } from './request-queue.ts'
import type { Simulation } from './simulation.ts'

export interface ProcessorOptions {
  simulation: Pick<Simulation, 'handle' | 'metrics'>
  /** Resolves once every in-sync replica has them; rejects only when there is no more time. */
  answer: (responses: BalancedResponse[]) => Promise<void>
  deadLetters: DeadLetters
  publish: (metrics: BalancerMetrics) => void
  /** Requests that are balanced together at most. */
  batchSize: number
  /** How long a batch that is not full waits for more of them. */
  batchTimeoutMs: number
  /** Seconds since 1970. */
  now: () => number
  /** Calls back after so many milliseconds, unless it is cancelled by what it returns. */
  after: (ms: number, call: () => void) => () => void
}

/** Takes requests in batches, sends each to a server, and answers it. */
export interface Processor {
  /** The partitions whose records it gets: in a backlog none goes ahead of the others. */
  assign(partitions: readonly number[]): void
  /** Resolves once each of these records has its response, or is a dead letter: then its offset may be committed. */
  process(partition: number, records: readonly SubscribedRecord[]): Promise<void>
  /** To be called every second: publishes metrics, if there is something new or nothing was published for a while. */
  tick(): void
  /** Answers what waits now, and batches no more: what still comes is answered at once. */
  close(): void
  readonly counts: { answered: number; deadLetters: number; batches: number }
}

interface Waiting {
  partition: number
  record: SubscribedRecord
  read: ReadMessage<BalancedRequest>
  done: (handled: Promise<void>) => void
}

/** Metrics while nothing arrives, so that whoever begins to watch sees something. */
const idleSeconds = 5
const readRequest = createMessageReader(BalancedRequestSchema)

export function createProcessor(options: ProcessorOptions): Processor {
  const { simulation, batchSize, batchTimeoutMs, now } = options
  const counts = { answered: 0, deadLetters: 0, batches: 0 }
  const queue = createRequestQueue<Waiting>()
  let cancel: (() => void) | undefined
  let isClosed = false
  let handledAt = 0
  let arrivedAt = 0
  let published = { at: 0, total: -1, isQuiet: true }

  function flush(): void {
    cancel?.()
    cancel = undefined
    for (;;) {
      const seconds = waitOf(now())
      if (seconds === undefined) return
      if (seconds > 0) {
        cancel = options.after(seconds * 1000, () => {
          cancel = undefined
          flush()
        })
        return
      }
      const batch = queue.take(batchSize, now())
      const handled = handle(batch)
      for (const { done } of batch) done(handled)
    }
  }

  /** Seconds until the next batch; undefined while nothing waits. */
  function waitOf(at: number): number | undefined {
    const { size, oldestAddedAt } = queue
    if (oldestAddedAt === undefined) return undefined
    if (isClosed) return 0
    const filling = size >= batchSize ? 0 : oldestAddedAt + batchTimeoutMs / 1000 - at
    return Math.max(filling, queue.holdBack(at))
  }

  async function handle(batch: readonly Waiting[]): Promise<void> {
    counts.batches += 1
    const responses: BalancedResponse[] = []
    const broken: Promise<void>[] = []
    for (const { partition, record, read } of batch) {
      if ('message' in read) {
        handledAt = now()
        arrivedAt = Math.max(arrivedAt, Math.min(read.message.timestamp, handledAt))
        responses.push(simulation.handle(read.message, handledAt))
      } else broken.push(options.deadLetters.put(partition, record, read.problem))
    }
    await Promise.all([responses.length > 0 ? options.answer(responses) : undefined, ...broken])
    counts.answered += responses.length
    counts.deadLetters += broken.length
  }

  return {
    counts,
    assign: (partitions) => queue.assign(partitions, now()),
    async process(partition, records) {
      const handled: Promise<void>[] = []
      const items = records.map((record) => {
        const { promise, resolve: done } = Promise.withResolvers<void>()
        handled.push(promise)
        const read = readRequest(record.value)
        const at = 'message' in read ? read.message.timestamp : record.timestampMs / 1000
        return { at, item: { partition, record, read, done } }
      })
      queue.add(partition, items, now())
      flush()
      await Promise.all(handled)
    },
    tick() {
      const [at, total] = [now(), counts.answered]
      const isNew = total !== published.total
      if (!isNew && published.isQuiet && at - published.at < idleSeconds) return
      // While requests come the clock is theirs: after a pause of the processor they are older than now. When none come it goes on.
      const metrics = simulation.metrics(at, isNew || handledAt === 0 ? undefined : arrivedAt + at - handledAt)
      published = { at, total, isQuiet: metrics.server_metrics.every((server) => server.active_connections === 0) }
      options.publish(metrics)
    },
    close() {
      isClosed = true
      flush()
    }
  }
}
