import type { Clock } from '#shared/clock.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { TransactionalProducer } from '#shared/kafka/producing/port.ts'
import type { WriterTransaction } from './outcomes.ts'

/** Every fifth transaction is aborted on purpose: no read_committed reader may see its records. */
const abortEvery = 5
const transactionMs = 500
const pauseMs = 200

export interface TransactionsOptions {
  producer: Pick<TransactionalProducer, 'begin' | 'commit' | 'abort' | 'flush'>
  clock: Clock
  signal: AbortSignal
  /** Sends what is due until the time is over. */
  sendFor: (ms: number) => Promise<void>
  /** Takes each transaction, whose end is filled in later. */
  onBegin: (transaction: WriterTransaction) => void
}

/**
 * Writes in one transaction after the other until the signal aborts, and ends the last one. Its records' outcomes arrive before its
 * end does. Rejects if the producer ends: it was fenced, or is not authorized.
 */
export async function writeInTransactions(options: TransactionsOptions): Promise<void> {
  const { producer, clock, signal } = options
  for (let number = 1; !signal.aborted; number += 1) {
    if (!(await begin(options))) return
    const transaction: WriterTransaction = { number, end: 'open' }
    options.onBegin(transaction)
    await options.sendFor(transactionMs)
    if (number % abortEvery === 0) {
      // Records that were never sent would show nothing.
      await producer.flush()
      transaction.end = (await producer.abort()).status
    } else {
      // From here on it may be committed, whether an answer comes or not.
      transaction.end = 'indeterminate'
      transaction.end = (await producer.commit()).status
    }
    await clock.turn()
  }
}

/** @returns false if the writing ended before the coordinator had settled the last transaction */
async function begin({ producer, clock, signal }: TransactionsOptions): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await producer.begin()
      return true
    } catch (error) {
      if (!isKopsError(error, 'kafka_timeout') && !isKopsError(error, 'coordinator_unavailable')) throw error
      await clock.sleep(pauseMs, signal).catch(() => undefined)
    }
  }
  return false
}
