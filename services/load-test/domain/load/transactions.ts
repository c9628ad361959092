import type { Consumers } from '#shared/contracts/load-consumption.ts'
import type { Transactions as Plan, ProducerSettings } from '#shared/contracts/workload.ts'
import type {
  BatchOutcome,
  TransactionalOptions,
  TransactionalProducer,
  TransactionEnd
} from '#shared/kafka/producing/port.ts'
import type { FinalOutcome } from '../verification/ledger.ts'

/** A plan with every choice made. */
export type ResolvedTransactions = Plan & Required<Pick<Plan, 'durationMs' | 'abortShare'>>

/** What the members of a group read: Kafka's own default counts what may be aborted, which no run with transactions is about. */
export function isolationOf({ isolation }: Consumers, { transactions }: { transactions?: ResolvedTransactions }) {
  return isolation ?? (transactions ? 'read_committed' : 'read_uncommitted')
}

/**
 * Unique to a producer of a run, and the same for whoever takes it over. How long the coordinator leaves a transaction open covers
 * the longest one and the delivery of its last batch.
 */
export function transactionalOptions(
  { durationMs }: ResolvedTransactions,
  { deliveryTimeoutMs }: Required<ProducerSettings>,
  { seed, index }: { seed: number; index: number }
): TransactionalOptions {
  return { transactionalId: transactionalId(seed, index), transactionTimeoutMs: durationMs + deliveryTimeoutMs }
}

/** @param seed of the run  @param index of the producer */
export function transactionalId(seed: number, index: number): string {
  return `kops-load-${seed.toString(16).padStart(8, '0')}-${index}`
}

/** What became of one transaction. */
export interface EndedTransaction {
  status: TransactionEnd['status']
  /** Acknowledged ones. */
  records: number
  /** Why it was not committed, unless on purpose. */
  code: string | undefined
  /** How long its commit took; null of an abort. */
  commitMs: number | null
}

export interface TransactionsOptions {
  producer: Pick<TransactionalProducer, 'begin' | 'commit' | 'abort' | 'flush'>
  plan: ResolvedTransactions
  monotonicMs: () => number
  onEnd: (ended: EndedTransaction) => void
  /** Gets each batch once its transaction has ended. */
  onFinal?: ((outcome: FinalOutcome) => void) | undefined
}

/** Divides the records of one producer into transactions, of which it aborts as many as planned, evenly. */
export interface Transactions {
  /** How many records may be appended now; begins a transaction if there is none. */
  room(): Promise<number>
  appended(records: number): void
  /** Ends the transaction if it has its records or its time. */
  endIfDue(): Promise<void>
  /** Ends the transaction, whatever it has. */
  end(): Promise<void>
  outcome(outcome: BatchOutcome): void
  /** The producer is closed: a transaction that is open is aborted, now or by whoever comes next. */
  abandoned(): Promise<void>
}

export function createTransactions({ producer, plan, monotonicMs, onEnd, onFinal }: TransactionsOptions): Transactions {
  const most = plan.records ?? Number.POSITIVE_INFINITY
  let isOpen = false
  let begunAt = 0
  let appended = 0
  let acknowledged = 0
  let begun = 0
  let outcomes: BatchOutcome[] = []
  let ending: Promise<void> | undefined

  /** As the multiples of the share pass whole numbers. */
  const isAborted = (nth: number) => Math.floor(nth * plan.abortShare) > Math.floor((nth - 1) * plan.abortShare)

  function settle(status: TransactionEnd['status'], code: string | undefined, commitMs: number | null): void {
    isOpen = false
    onEnd({ status, records: acknowledged, code, commitMs })
    if (onFinal) for (const each of outcomes) onFinal({ ...each, status: finalStatus(each.status, status) })
    outcomes = []
  }

  async function end(): Promise<void> {
    const isPlanned = isAborted(begun)
    // What is aborted was written, too: that is what readers have to leave out.
    if (isPlanned) await producer.flush()
    const { status, code, askedAt, endedAt } = await (isPlanned ? producer.abort() : producer.commit())
    settle(status, code, status === 'committed' ? endedAt - askedAt : null)
  }

  function endOnce(): Promise<void> {
    ending ??= end().finally(() => {
      ending = undefined
    })
    return ending
  }

  return {
    async room() {
      if (!isOpen) {
        await producer.begin()
        isOpen = true
        begun += 1
        appended = 0
        acknowledged = 0
      }
      return most - appended
    },
    appended(records) {
      if (appended === 0 && records > 0) begunAt = monotonicMs()
      appended += records
    },
    async endIfDue() {
      if (!isOpen || appended === 0) return
      if (appended >= most || monotonicMs() - begunAt >= plan.durationMs) await endOnce()
    },
    async end() {
      if (isOpen) await endOnce()
    },
    outcome(outcome) {
      if (outcome.status === 'acknowledged') acknowledged += outcome.records
      if (onFinal) outcomes.push(outcome)
    },
    async abandoned() {
      await ending?.catch(() => undefined)
      if (isOpen && appended > 0) settle('aborted', isAborted(begun) ? undefined : 'CANCELLED', null)
    }
  }
}

/** Of an aborted transaction nothing may be seen, written or not; of an indeterminate one everything may. */
function finalStatus(batch: BatchOutcome['status'], transaction: TransactionEnd['status']): FinalOutcome['status'] {
  if (batch === 'failed' || transaction === 'committed') return batch
  return transaction === 'aborted' ? 'aborted' : 'indeterminate'
}
