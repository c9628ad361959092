import { type Connection, protocolErrors } from '@platformatic/kafka'
import { isKopsError, KopsError } from '../../errors/catalog.ts'
import { retry } from '../../poll.ts'
import { kafkaRefusal, wrapKafkaError } from '../connection/errors.ts'
import type { BrokerEndpoint } from '../model.ts'
import { commitMemberOffset } from '../protocol/offset-commit.ts'
import {
  addOffsets,
  addPartitions,
  commitTransactionOffset,
  endTransaction,
  initTransactions
} from '../protocol/transactions.ts'
import type { BrokerConnections } from './broker-connections.ts'
import type { InputOffset } from './port.ts'
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
  add(identity: ProducerIdentity, topics: { name: string; partitions: number[] }[]): Promise<void>
  /** Before commitOffset(). */
  addOffsets(identity: ProducerIdentity, group: string): Promise<void>
  /** Of a consumer group, by the coordinator of that. @param identity null: at once, outside of a transaction */
  commitOffset(identity: ProducerIdentity | null, offset: InputOffset): Promise<void>
  end(identity: ProducerIdentity, commit: boolean): Promise<void>
}

/** Of the first of a cluster, Kafka makes the topic of the transactions, which takes seconds. */
export const firstTransactionMs = 30_000
/** The markers of the last transaction may be on their way (CONCURRENT_TRANSACTIONS): they take a few milliseconds. */
const pauseMs = { first: 10, longest: 100 }

export function createTransactionCoordinator(options: CoordinatorOptions): TransactionCoordinator {
  const { connections, transactionalId, transactionTimeoutMs, signal } = options
  const found = new Map<string, BrokerEndpoint>()

  function ask<T extends { errorCode: number }>(
    what: string,
    request: (connection: Connection) => Promise<T>,
    timeoutMs = options.deadlineMs,
    group?: string
  ): Promise<T> {
    const [of, id] = group === undefined ? (['transaction', transactionalId] as const) : (['group', group] as const)
    const attempt = async () => {
      try {
        const coordinator = found.get(of) ?? (await connections.coordinator(of, id))
        found.set(of, coordinator)
        const answer = await request(await connections.connectTo(coordinator))
        if (answer.errorCode !== 0) throw kafkaRefusal(answer.errorCode, what)
        return answer
      } catch (error) {
        const failure = wrapKafkaError(error, what)
        if (failure.kafkaError !== 'CONCURRENT_TRANSACTIONS') found.delete(of)
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
    async add(identity, topics) {
      await ask('Adding partitions to the transaction', async (connection) => ({
        errorCode: await addPartitions(connection, transactionalId, identity, topics)
      }))
    },
    async addOffsets(identity, group) {
      await ask('Adding offsets to the transaction', async (connection) => ({
        errorCode: await addOffsets(connection, transactionalId, identity, group)
      }))
    },
    async commitOffset(identity, offset) {
      const request = async (connection: Connection) => ({
        errorCode: identity
          ? await commitTransactionOffset(connection, transactionalId, identity, offset, offset)
          : await commitMemberOffset(connection, offset.group, offset, { ...offset, metadata: '' })
      })
      await ask(`Committing an offset of ${offset.group}`, request, options.deadlineMs, offset.group)
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
