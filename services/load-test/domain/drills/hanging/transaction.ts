import type { Clock } from '#shared/clock.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { BatchOutcome, TransactionalOptions, TransactionalProducer } from '#shared/kafka/producing/port.ts'
import type { TransactionReader } from '#shared/kafka/verifying/port.ts'
import { encodeRecord, firstOfTransaction } from '../numbered-record.ts'
import { outcomesOf, type TimedOutcome, type WriterTransaction } from '../records/outcomes.ts'
import type { Sighting } from './stalls.ts'

/** Makes the producer of a transaction that stays open. */
export type CreateTransactional = (
  topic: string,
  transaction: TransactionalOptions,
  onOutcome: (outcome: BatchOutcome) => void
) => TransactionalProducer

export interface OpenTransactionOptions {
  createProducer: CreateTransactional
  reader: Pick<TransactionReader, 'readable' | 'state'>
  /** Aborts what is open of a transactional id. */
  abortTransactions: (transactionalIds: string[]) => Promise<void>
  clock: Clock
  /** Of the drill, whose records have its id. */
  drill: string
  topic: string
  transactionalId: string
  timeoutMs: number
  end: 'commit' | 'abort'
}

/** A transaction that a drill begins and ends late, and what is seen of it meanwhile. */
export interface OpenTransaction {
  readonly outcomes: readonly TimedOutcome[]
  readonly sightings: readonly Sighting[]
  /** As its coordinator described it since it began, each once. */
  readonly states: readonly string[]
  readonly end: WriterTransaction['end']
  readonly endedBy: 'producer' | 'coordinator' | null
  /** Fences the current owner of the transactional id, and begins to observe. @throws KopsError those of TransactionalProducer.open() */
  open(): Promise<void>
  /** Writes records to the first half of the partitions, and leaves them. @throws Error if they are not acknowledged */
  begin(): Promise<void>
  /**
   * Asks for the end, which comes too late if the coordinator has aborted it.
   * @throws KopsError coordinator_unavailable if it does not say how the transaction ended
   */
  finish(): Promise<void>
  /** Ends looking, and what may still be open. Idempotent; never rejects. */
  abandon(): Promise<void>
}

const recordsEach = 10
const lookMs = 250
const deadlineMs = 2000
/** Kafka's answers to a producer whose transaction was aborted without it. */
const fenced = ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE']

export function createOpenTransaction(options: OpenTransactionOptions): OpenTransaction {
  const { reader, clock, drill, topic, transactionalId, timeoutMs } = options
  const outcomes: TimedOutcome[] = []
  const sightings: Sighting[] = []
  const states: string[] = []
  const transaction: WriterTransaction = { number: 1, end: 'open' }
  const producer = options.createProducer(topic, { transactionalId, transactionTimeoutMs: timeoutMs }, (batch) =>
    outcomes.push(...outcomesOf(batch, transaction))
  )
  const abandoned = new AbortController()
  const { signal } = abandoned
  let partitions = 0
  let hasBegun = false
  let endedBy: OpenTransaction['endedBy'] = null
  let looking: Promise<unknown> = Promise.resolve()
  let abandoning: Promise<void> | undefined

  async function look(): Promise<void> {
    const readable = await reader.readable(topic, { deadlineMs, signal })
    sightings.push({ atMs: clock.monotonicMs(), partitions: readable })
  }

  async function lookAtState(): Promise<void> {
    const state = hasBegun ? await reader.state(transactionalId, { deadlineMs, signal }) : undefined
    // Before the coordinator knows of its first records, it is still empty.
    if (state !== undefined && state !== (states.at(-1) ?? 'Empty')) states.push(state)
  }

  async function repeat(each: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      // What cannot be read now is missing.
      await each().catch(() => undefined)
      await clock.sleep(lookMs, signal).catch(() => undefined)
    }
  }

  async function end(): Promise<void> {
    abandoned.abort()
    await looking
    await producer.close().catch(() => undefined)
    if (!hasBegun || endedBy !== null) return
    // It times out by itself otherwise.
    await options.abortTransactions([transactionalId]).catch(() => undefined)
  }

  return {
    outcomes,
    sightings,
    states,
    get end() {
      return transaction.end
    },
    get endedBy() {
      return endedBy
    },
    async open() {
      partitions = (await producer.open()).partitions
      looking = Promise.all([repeat(look), repeat(lookAtState)])
    },
    async begin() {
      await producer.begin()
      hasBegun = true
      let sequence = firstOfTransaction
      for (let nth = 0; nth < recordsEach; nth += 1) {
        for (let partition = 0; partition < Math.ceil(partitions / 2); partition += 1) {
          const value = Buffer.from(encodeRecord({ producer: drill, partition, sequence }))
          if (!producer.append({ partition, key: Buffer.from(`${drill}-${sequence}`), value, tag: sequence })) {
            await producer.drained()
          }
          sequence += 1
        }
      }
      await producer.flush()
      const lost = outcomes.filter(({ status }) => status !== 'acknowledged').length
      if (lost > 0) throw new Error(`${lost} record(s) of the transaction were not acknowledged`)
    },
    async finish() {
      // From here on it may be committed, whether an answer comes or not.
      if (options.end === 'commit') transaction.end = 'indeterminate'
      try {
        const { status, code } = await (options.end === 'commit' ? producer.commit() : producer.abort())
        transaction.end = status
        if (code !== undefined) {
          throw new KopsError('coordinator_unavailable', `The transaction's end has no answer: ${code}`)
        }
        endedBy = 'producer'
      } catch (error) {
        if (!isKopsError(error) || !fenced.includes(error.kafkaError ?? '')) throw error
        transaction.end = 'aborted'
        endedBy = 'coordinator'
      }
    },
    abandon() {
      abandoning ??= end()
      return abandoning
    }
  }
}
