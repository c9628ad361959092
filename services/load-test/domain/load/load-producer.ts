import type { Clock } from '#shared/clock.ts'
import type {
  BatchOutcome,
  BulkProducer,
  Partitioner,
  TransactionalOptions,
  TransactionalProducer
} from '#shared/kafka/producing/port.ts'
import { enter, type FinalOutcome, type Ledger } from '../verification/ledger.ts'
import type { LoadOrder, PreparedLoad, SecondReport } from './engine-port.ts'
import { createRecordSource } from './record-source.ts'
import { shareOf } from './run-cap.ts'
import { createSchedule } from './schedule.ts'
import { createSecondRecorder } from './second-recorder.ts'
import { send } from './send.ts'
import { stampRecords } from './stamp.ts'
import { createTransactions, transactionalOptions } from './transactions.ts'

export interface LoadProducerParts {
  createProducer: (order: LoadOrder, onOutcome: (outcome: BatchOutcome) => void) => BulkProducer
  /** Of a workload with transactions. */
  createTransactional: (
    order: LoadOrder,
    transactional: TransactionalOptions,
    onOutcome: (outcome: BatchOutcome) => void
  ) => TransactionalProducer
  partitionFor: Partitioner
  /** Its monotonic time is that of the producer's outcomes. */
  clock: Clock
  /** Milliseconds for which this thread has been at work since its start. */
  busyMs: () => number
  /** From the clock's monotonic time to that of the machine, which all processes share. */
  machineOffsetMs: number
}

/** One producer's part of a run, for a process that another one may relieve of it. */
export interface Shift {
  /** When it takes over, in milliseconds after the start of the run; a whole second. */
  fromMs: number
  /** Records that are left; Infinity if only the time ends the run. */
  records: number
  /** Throws once the part is another's. */
  assertHeld: () => void
}

/** One producer of a run, connected, with its records prepared. Its run begins at `startAt` of the clock's monotonic time. */
export interface LoadProducer extends Pick<PreparedLoad, 'payload' | 'close'> {
  run(
    startAt: number,
    signal: AbortSignal,
    onSecond: (report: SecondReport) => void,
    shift?: Shift
  ): ReturnType<PreparedLoad['run']>
  /** The outcomes of its records; empty unless the run is verified. */
  readonly ledger: Ledger
}

/**
 * @param index of the producer, from 0; the records are split among all of the order
 * @throws KopsError like BulkProducer.open()
 */
export async function prepareLoadProducer(
  order: LoadOrder,
  index: number,
  { createProducer, createTransactional, partitionFor, clock, busyMs, machineOffsetMs }: LoadProducerParts
): Promise<LoadProducer> {
  const { workload } = order
  const { producers } = workload
  let onOutcome: (outcome: BatchOutcome) => void = () => {}
  const outcomes = (outcome: BatchOutcome) => onOutcome(outcome)
  const { transactions: plan } = workload
  const transactional =
    plan &&
    createTransactional(order, transactionalOptions(plan, workload.producer, { seed: order.seed, index }), outcomes)
  const producer = transactional ?? createProducer(order, outcomes)
  const { partitions } = await producer.open().catch(async (error: unknown) => {
    await producer.close()
    throw error
  })
  const made = createRecordSource(workload, {
    partitions,
    partitionFor,
    batchBytes: workload.producer.batchBytes,
    seed: order.seed + index,
    timestampMs: order.timestampMs
  })
  const { headers, verify } = workload
  const timed = workload.consumers.length > 0
  const stamped =
    verify || timed ? stampRecords(made, { run: order.seed, producer: index, headers, partitions, timed }) : undefined
  const source = stamped ?? made
  const ledger: Ledger = new Map()
  return {
    payload: source.describe(),
    ledger,
    async run(startAt, signal, onSecond, shift) {
      const fromMs = shift?.fromMs ?? 0
      await clock.sleep(Math.max(0, startAt + fromMs - clock.monotonicMs()), signal).catch(() => undefined)
      // One that takes over counts from the start of the run, late as it may be itself.
      const startedAt = fromMs > 0 ? startAt : clock.monotonicMs()
      stamped?.startAt(startedAt + machineOffsetMs)
      const firstSecond = Math.floor(fromMs / 1000)
      const recorder = createSecondRecorder({
        ...{ producer: index, startedAt, onSecond, busyMs, firstSecond },
        transactional: plan !== undefined
      })
      const keep = (outcome: FinalOutcome) => enter(ledger, outcome)
      const transactions =
        transactional &&
        createTransactions({
          ...{ producer: transactional, plan, monotonicMs: clock.monotonicMs },
          onEnd: recorder.transaction,
          onFinal: verify ? keep : undefined
        })
      let endedAt = startedAt
      onOutcome = (outcome) => {
        endedAt = outcome.endedAt
        recorder.outcome(outcome)
        if (transactions) transactions.outcome(outcome)
        else if (verify) keep(outcome)
      }
      const schedule = createSchedule(workload.rate, { producers, producer: index, seed: order.seed, fromMs })
      const records = shift?.records ?? shareOf(workload, index)
      const durationMs = (workload.durationSeconds ?? Number.POSITIVE_INFINITY) * 1000
      try {
        await send({
          ...{ producer, source, schedule, records, durationMs, recorder, clock, startedAt, signal, transactions },
          assertHeld: shift?.assertHeld
        })
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        // Records in flight get their outcome here and are part of the result.
        await producer.close()
        await transactions?.abandoned()
        recorder.end(clock.monotonicMs() - startedAt)
      }
      return { durationMs: endedAt - startedAt }
    },
    close: () => producer.close()
  }
}
