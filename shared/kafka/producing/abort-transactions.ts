import type { ConnectionOptions } from '../connection/options.ts'
import { createBrokerConnections } from './broker-connections.ts'
import { connectTimeoutMs } from './producer-core.ts'
import { createTransactionCoordinator } from './transaction-coordinator.ts'

const requestTimeoutMs = 5000
/** What the coordinator would take for an open transaction of this producer, which opens none. */
const transactionTimeoutMs = 1000

/**
 * Aborts the open transactions of producers that are gone, and fences those that are not, as Kafka's Admin.fenceProducers() does.
 * Otherwise read_committed readers would wait behind them until they time out.
 * @throws KopsError coordinator_unavailable, cluster_unreachable, kafka_not_authorized
 */
export async function abortTransactions(
  options: Omit<ConnectionOptions, 'budget'>,
  transactionalIds: readonly string[]
): Promise<void> {
  const connections = createBrokerConnections({ ...options, acks: 'all', requestTimeoutMs, connectTimeoutMs })
  try {
    const signal = AbortSignal.timeout(2 * requestTimeoutMs)
    await Promise.all(
      transactionalIds.map((transactionalId) =>
        createTransactionCoordinator({
          ...{ connections, transactionalId, transactionTimeoutMs, deadlineMs: requestTimeoutMs, signal }
        }).init(undefined)
      )
    )
  } finally {
    connections.close()
  }
}
