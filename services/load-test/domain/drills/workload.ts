import type { Clock } from '#shared/clock.ts'
import type { BatchOutcome, BulkProducer, TransactionalProducer } from '#shared/kafka/producing/port.ts'
import { encodeRecord } from './numbered-record.ts'
import { outcomesOf, type TimedOutcome, type WriterSettings, type WriterTransaction } from './records/outcomes.ts'
import { writeInTransactions } from './records/transactions.ts'

/** Offsets of one acknowledged batch: from the first to after the last. */
export interface WrittenRun {
  partition: number
  from: number
  to: number
  /** When the writer learned of it, in monotonic milliseconds. */
  atMs: number
}

/** Makes a producer for a drill's records: one of transactions, if the settings ask for them. */
export type CreateDrillProducer = (
  onOutcome: (outcome: BatchOutcome) => void,
  settings: WriterSettings
) => BulkProducer | TransactionalProducer

export interface WorkloadOptions {
  createProducer: CreateDrillProducer
  clock: Clock
  producerId: string
  settings: WriterSettings
}

/** A steady stream of numbered records to every partition in turn, with the outcome of each. */
export interface Workload {
  /** Resolves once records flow; rejects like BulkProducer.open(). */
  start(): Promise<void>
  /** Every record that was sent, except those without an outcome yet. */
  readonly outcomes: readonly TimedOutcome[]
  /** Monotonic milliseconds of the acknowledgements, by partition. */
  readonly acknowledgements: ReadonlyMap<number, readonly number[]>
  /** Acknowledged offsets, in the order of their acknowledgements. */
  readonly written: readonly WrittenRun[]
  readonly partitions: number
  readonly settings: WriterSettings
  /** Why it ended by itself, if it did: a transactional producer that was fenced. */
  readonly failure: unknown
  /** The key of a record, by its number. */
  keyOf(sequence: number): string
  /** End of the records in monotonic milliseconds; null before the end. */
  readonly endedAtMs: number | null
  /** Stops sending, and resolves when each record has its outcome; abandons those without one after the timeout, or at the signal. */
  stop(timeoutMs: number, signal?: AbortSignal): Promise<void>
  /** Abandons all records without an outcome at once. */
  abandon(): Promise<void>
}

const tickMs = 50

export function createWorkload({ createProducer, clock, producerId, settings }: WorkloadOptions): Workload {
  const outcomes: TimedOutcome[] = []
  const acknowledgements = new Map<number, number[]>()
  const written: WrittenRun[] = []
  const producer = createProducer(onOutcome, settings)
  const stopping = new AbortController()
  let partitions = 0
  let sequence = 0
  let endedAtMs: number | null = null
  let flow: Promise<void> = Promise.resolve()
  let failure: unknown
  let transaction: WriterTransaction | undefined
  let startedAtMs = 0
  const keyOf = (sequence: number) => `${producerId}-${sequence}`

  function onOutcome(batch: BatchOutcome): void {
    const { partition, baseOffset, tags, endedAt } = batch
    outcomes.push(...outcomesOf(batch, transaction))
    if (batch.status === 'acknowledged') acknowledgements.get(partition)?.push(endedAt)
    if (baseOffset !== null) written.push({ partition, from: baseOffset, to: baseOffset + tags.length, atMs: endedAt })
  }

  /** Sends what is due, until the time is over or the writing ends. */
  async function sendFor(ms: number): Promise<void> {
    const untilMs = clock.monotonicMs() + ms
    while (!stopping.signal.aborted && clock.monotonicMs() < untilMs) {
      const due = Math.floor(((clock.monotonicMs() - startedAtMs) / 1000) * settings.recordsPerSecond)
      while (sequence < due && !stopping.signal.aborted) {
        const partition = sequence % partitions
        const record = { producer: producerId, partition, sequence }
        const [key, value] = [Buffer.from(keyOf(sequence)), Buffer.from(encodeRecord(record))]
        const room = producer.append({ partition, key, value, tag: sequence })
        sequence += 1
        if (!room) await producer.drained()
      }
      await clock.sleep(tickMs, stopping.signal).catch(() => undefined)
    }
  }

  async function produce(): Promise<void> {
    startedAtMs = clock.monotonicMs()
    if (!('begin' in producer)) return sendFor(Number.POSITIVE_INFINITY)
    const onBegin = (begun: WriterTransaction) => {
      transaction = begun
    }
    await writeInTransactions({ producer, clock, signal: stopping.signal, sendFor, onBegin })
  }

  function end(): void {
    endedAtMs ??= clock.monotonicMs()
    stopping.abort()
  }

  return {
    outcomes,
    acknowledgements,
    written,
    settings,
    keyOf,
    get failure() {
      return failure
    },
    get partitions() {
      return partitions
    },
    get endedAtMs() {
      return endedAtMs
    },
    async start() {
      partitions = (await producer.open()).partitions
      for (let partition = 0; partition < partitions; partition += 1) acknowledgements.set(partition, [])
      flow = produce().catch((error: unknown) => {
        failure = error
      })
    },
    async stop(timeoutMs, signal) {
      end()
      const limit = new AbortController()
      const either = signal ? AbortSignal.any([limit.signal, signal]) : limit.signal
      const timeout = clock.sleep(timeoutMs, either).catch(() => undefined)
      const finished = flow.then(() => producer.flush())
      finished.catch(() => undefined)
      await Promise.race([finished, timeout])
      limit.abort()
      await producer.close()
    },
    async abandon() {
      end()
      await producer.close()
      await flow.catch(() => undefined)
    }
  }
}
