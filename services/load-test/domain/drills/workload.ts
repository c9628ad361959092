import type { Clock } from '#shared/clock.ts'
import type { BatchOutcome, BulkProducer } from '#shared/kafka/producing/port.ts'
import { encodeRecord } from './numbered-record.ts'
import { outcomesOf, type TimedOutcome } from './records/outcomes.ts'

/** Offsets of one acknowledged batch: from the first to after the last. */
export interface WrittenRun {
  partition: number
  from: number
  to: number
  /** When the writer learned of it, in monotonic milliseconds. */
  atMs: number
}

export interface WorkloadOptions {
  createProducer: (onOutcome: (outcome: BatchOutcome) => void) => BulkProducer
  clock: Clock
  producerId: string
  recordsPerSecond: number
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
  /** End of the records in monotonic milliseconds; null before the end. */
  readonly endedAtMs: number | null
  /** Stops sending, and resolves when each record has its outcome; abandons those without one after the timeout. */
  stop(timeoutMs: number): Promise<void>
  /** Abandons all records without an outcome at once. */
  abandon(): Promise<void>
}

const tickMs = 50

export function createWorkload({ createProducer, clock, producerId, recordsPerSecond }: WorkloadOptions): Workload {
  const outcomes: TimedOutcome[] = []
  const acknowledgements = new Map<number, number[]>()
  const written: WrittenRun[] = []
  const producer = createProducer(onOutcome)
  const stopping = new AbortController()
  let partitions = 0
  let sequence = 0
  let endedAtMs: number | null = null
  let flow: Promise<void> = Promise.resolve()

  function onOutcome(batch: BatchOutcome): void {
    const { partition, baseOffset, tags, endedAt } = batch
    outcomes.push(...outcomesOf(batch))
    if (batch.status === 'acknowledged') acknowledgements.get(partition)?.push(endedAt)
    if (baseOffset !== null) written.push({ partition, from: baseOffset, to: baseOffset + tags.length, atMs: endedAt })
  }

  async function produce(): Promise<void> {
    const startedAt = clock.monotonicMs()
    while (!stopping.signal.aborted) {
      const due = Math.floor(((clock.monotonicMs() - startedAt) / 1000) * recordsPerSecond)
      while (sequence < due && !stopping.signal.aborted) {
        const partition = sequence % partitions
        const record = { producer: producerId, partition, sequence }
        const [key, value] = [Buffer.from(`${producerId}-${sequence}`), Buffer.from(encodeRecord(record))]
        const room = producer.append({ partition, key, value, tag: sequence })
        sequence += 1
        if (!room) await producer.drained()
      }
      await clock.sleep(tickMs, stopping.signal).catch(() => undefined)
    }
  }

  function end(): void {
    endedAtMs ??= clock.monotonicMs()
    stopping.abort()
  }

  return {
    outcomes,
    acknowledgements,
    written,
    get partitions() {
      return partitions
    },
    get endedAtMs() {
      return endedAtMs
    },
    async start() {
      partitions = (await producer.open()).partitions
      for (let partition = 0; partition < partitions; partition += 1) acknowledgements.set(partition, [])
      flow = produce()
    },
    async stop(timeoutMs) {
      end()
      const limit = new AbortController()
      const timeout = clock.sleep(timeoutMs, limit.signal).catch(() => undefined)
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
