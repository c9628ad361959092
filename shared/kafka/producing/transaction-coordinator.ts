import { type Connection, protocolErrors } from '@platformatic/kafka'
import { isKopsError, KopsError } from '../../errors/catalog.ts'
import { retry } from '../../poll.ts'
import { kafkaRefusal, wrapKafkaError } from '../connection/errors.ts'
import type { BrokerEndpoint } from '../model.ts'
import { addPartitions, endTransaction, initTransactions } from '../protocol/transactions.ts'
import type { BrokerConnections } from './broker-connections.ts'
import type { ProducerIdentity } from './record-batch.ts'

export interface CoordinatorOptions {
  connections: Pick<BrokerConnections, 'coordinator' | 'connectTo'>
  transactionalId: string
  transactionTimeoutMs: number
  /** How long a request is tried again after errors that pass. */
  deadlineMs: number
  /** Ends all attempts. */
  signal: AbortSignal
}

/**
 * The coordinator of a transactional id, wherever it moves. Each request is tried again while its error may pass, and rejects with
 * coordinator_unavailable when its time is over.
 */
export interface TransactionCoordinator {
  /** The next epoch. @param current of the caller; undefined takes the id from whoever has it */
  init(current: ProducerIdentity | undefined, timeoutMs?: number): Promise<ProducerIdentity>
  add(identity: ProducerIdentity, topic: string, partitions: number[]): Promise<void>
  end(identity: ProducerIdentity, commit: boolean): Promise<void>
}

/** Of the first of a cluster, Kafka makes the topic of the transactions, which takes seconds. */
export const firstTransactionMs = 30_000
/** The markers of the last transaction may be on their way (CONCURRENT_TRANSACTIONS): they take a few milliseconds. */
const pauseMs = { first: 10, longest: 100 }

export function createTransactionCoordinator(options: CoordinatorOptions): TransactionCoordinator {
  const { connections, transactionalId, transactionTimeoutMs, signal } = options
  let known: BrokerEndpoint | undefined

  function ask<T extends { errorCode: number }>(
    what: string,
    request: (connection: Connection) => Promise<T>,
    timeoutMs = options.deadlineMs
  ): Promise<T> {
    const attempt = async () => {
      try {
        known ??= await connections.coordinator(transactionalId)
        const answer = await request(await connections.connectTo(known))
        if (answer.errorCode !== 0) throw kafkaRefusal(answer.errorCode, what)
        return answer
      } catch (error) {
        const failure = wrapKafkaError(error, what)
        if (failure.kafkaError !== 'CONCURRENT_TRANSACTIONS') known = undefined
        throw failure
      }
    }
    return retry(attempt, isPassing, { timeoutMs, pauseMs, signal }).catch((error: unknown) => {
      if (!isPassing(error)) throw error
      const { kafkaError, message } = wrapKafkaError(error, what)
      throw new KopsError('coordinator_unavailable', message, { kafkaError, cause: error })
    })
  }

  return {
    async init(current, timeoutMs) {
      const asked = { transactionalId, timeoutMs: transactionTimeoutMs }
      const request = (connection: Connection) => initTransactions(connection, asked, current)
      const { id, epoch } = await ask('Beginning to write in transactions', request, timeoutMs)
      return { id, epoch }
    },
    async add(identity, topic, partitions) {
      await ask('Adding partitions to the transaction', async (connection) => ({
        errorCode: await addPartitions(connection, transactionalId, identity, { name: topic, partitions })
      }))
    },
    async end(identity, commit) {
      await ask(`${commit ? 'Committing' : 'Aborting'} the transaction`, async (connection) => ({
        errorCode: await endTransaction(connection, transactionalId, identity, commit)
      }))
    }
  }
}

const lost = ['broker_unreachable', 'kafka_timeout', 'cluster_unreachable', 'coordinator_unavailable'] as const

/** Whether another attempt may succeed: the coordinator moves, starts or does not answer, or nobody wants an answer any more. */
export function isPassing(error: unknown): boolean {
  if (!isKopsError(error)) return true
  return lost.some((code) => isKopsError(error, code)) || protocolErrors[error.kafkaError ?? '']?.canRetry === true
}
