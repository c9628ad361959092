import { abortable } from '../../abortable.ts'
import { isKopsError, type KopsError } from '../../errors/catalog.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { createBrokerConnections } from './broker-connections.ts'
import type { BulkProducerOptions, TransactionalOptions, TransactionalProducer, TransactionEnd } from './port.ts'
import { connectTimeoutMs, createProducerCore } from './producer-core.ts'
import type { ProducerIdentity } from './record-batch.ts'
import { createTransactionCoordinator, firstTransactionMs, isPassing } from './transaction-coordinator.ts'

/** How long close() waits for the coordinator: it aborts by itself later, or when a successor opens. */
const closeMs = 400

/** One transaction on its way. */
interface Open {
  /** Partitions that the coordinator knows to be part of it, and those that it has yet to learn. */
  added: Set<number>
  wanted: Set<number>
  /** The coordinator may know of it. */
  begun: boolean
  /** Code of the first batch that was not acknowledged. */
  lost: string | undefined
}

/** The TransactionalProducer port. @throws Error unless it is idempotent, with acks `all` */
export function createTransactionalProducer(
  options: BulkProducerOptions & TransactionalOptions & Omit<ConnectionOptions, 'budget'>
): TransactionalProducer {
  if (!options.idempotent || options.acks !== 'all') throw new Error('transactions need idempotence and acks=all')
  const connections = createBrokerConnections({ ...options, connectTimeoutMs })
  const closing = new AbortController()
  const coordinator = createTransactionCoordinator({
    ...{ connections, deadlineMs: options.deliveryTimeoutMs, signal: closing.signal },
    ...{ transactionalId: options.transactionalId, transactionTimeoutMs: options.transactionTimeoutMs }
  })
  let identity: ProducerIdentity = { id: -1n, epoch: -1 }
  let open: Open | undefined
  let adding: Promise<void> | undefined
  /** The end of the last transaction, as long as it has no answer. */
  let unanswered: { commit: boolean; isEmpty: boolean } | undefined
  /** Sequences have gaps that only a new epoch mends. */
  let gaps = false
  let fatal: KopsError | undefined
  let closed = false

  const core = createProducerCore(options, connections, {
    async open() {
      identity = await coordinator.init(undefined, firstTransactionMs)
      return identity
    },
    admits(partition) {
      if (!open) return false
      if (open.added.has(partition)) return true
      open.wanted.add(partition)
      adding ??= add(open)
      return false
    },
    onLost(code) {
      gaps = true
      if (open) doom(open, code)
    }
  })

  function doom(transaction: Open, code: string): void {
    transaction.lost ??= code
    core.discard('TRANSACTION_ABORTED')
  }

  async function add(transaction: Open): Promise<void> {
    // Partitions that are ready at the same time go in one request.
    await Promise.resolve()
    try {
      while (transaction.wanted.size > 0 && transaction.lost === undefined) {
        const partitions = Array.from(transaction.wanted)
        transaction.begun = true
        await coordinator.add(identity, [{ name: options.topic, partitions }])
        for (const partition of partitions) {
          transaction.wanted.delete(partition)
          transaction.added.add(partition)
        }
      }
    } catch (error) {
      if (!isPassing(error) && isKopsError(error)) fatal = error
      doom(transaction, codeOf(error))
    } finally {
      adding = undefined
    }
    core.pump()
  }

  /** @param isEmpty no partition was added for certain: then the coordinator may not know of the transaction */
  async function settle({ commit, isEmpty }: { commit: boolean; isEmpty: boolean }): Promise<void> {
    await coordinator.end(identity, commit).catch((error: unknown) => {
      const isUnknown = isKopsError(error) && error.kafkaError === 'INVALID_TXN_STATE'
      if (commit || !isEmpty || !isUnknown) throw error
    })
  }

  async function end(commit: boolean): Promise<TransactionEnd> {
    const transaction = open
    if (!transaction) throw new Error('there is no open transaction')
    const askedAt = performance.now()
    if (!commit) core.discard('TRANSACTION_ABORTED')
    await core.flush()
    await adding
    open = undefined
    const ended = (status: TransactionEnd['status'], code?: string): TransactionEnd => {
      return { status, code, askedAt, endedAt: performance.now() }
    }
    // close() aborts it.
    if (closed) return ended('aborted', 'CANCELLED')
    if (fatal) throw fatal
    const committing = commit && transaction.lost === undefined
    const asked = { commit: committing, isEmpty: transaction.added.size === 0 }
    try {
      if (transaction.begun) await settle(asked)
    } catch (error) {
      if (isPassing(error)) {
        unanswered = asked
        return ended(committing ? 'indeterminate' : 'aborted', codeOf(error))
      }
      if (isKopsError(error)) fatal = error
      throw error
    }
    return ended(committing ? 'committed' : 'aborted', commit ? transaction.lost : undefined)
  }

  return {
    open: core.open,
    append(record) {
      if (!open) throw new Error('there is no open transaction')
      return core.append(record)
    },
    drained: core.drained,
    flush: core.flush,
    async begin() {
      if (closed) throw new Error('the producer is closed')
      if (open) throw new Error('there is an open transaction')
      if (fatal) throw fatal
      try {
        if (unanswered) await settle(unanswered)
        unanswered = undefined
        if (gaps) {
          identity = await coordinator.init(identity)
          core.adopt(identity)
        }
        gaps = false
      } catch (error) {
        if (!isPassing(error) && isKopsError(error)) fatal = error
        throw error
      }
      core.discard(undefined)
      open = { added: new Set(), wanted: new Set(), begun: false, lost: undefined }
    },
    commit: () => end(true),
    abort: () => end(false),
    async close() {
      if (closed) return
      closed = true
      const transaction = open
      core.close()
      if (transaction?.begun && !fatal) {
        await abortable(coordinator.end(identity, false), AbortSignal.timeout(closeMs)).catch(() => undefined)
      }
      closing.abort(new Error('The producer is closed'))
      connections.close()
    }
  }
}

function codeOf(error: unknown): string {
  return (isKopsError(error) ? error.kafkaError : undefined) ?? 'NETWORK_EXCEPTION'
}
