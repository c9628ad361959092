import { isKopsError } from '../../errors/catalog.ts'
import { retry } from '../../poll.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { retryBackoffMs } from './batch-answers.ts'
import { createBrokerConnections } from './broker-connections.ts'
import type { BulkProducer, BulkProducerOptions } from './port.ts'
import { connectTimeoutMs, createProducerCore } from './producer-core.ts'

const identityDeadlineMs = 10_000

/** The BulkProducer port. */
export function createBulkProducer(options: BulkProducerOptions & Omit<ConnectionOptions, 'budget'>): BulkProducer {
  const connections = createBrokerConnections({ ...options, connectTimeoutMs, onLost: () => core.connectionLost() })
  let closed = false

  const core = createProducerCore(options, connections, {
    // A cluster that allocates its first producer id answers COORDINATOR_LOAD_IN_PROGRESS for a moment.
    async open() {
      if (!options.idempotent) return null
      return retry(connections.identity, (error) => !closed && !isKopsError(error, 'kafka_not_authorized'), {
        timeoutMs: identityDeadlineMs,
        pauseMs: retryBackoffMs
      })
    },
    renew: connections.identity,
    admits: () => true
  })

  return {
    open: core.open,
    append: core.append,
    drained: core.drained,
    flush: core.flush,
    async close() {
      closed = true
      core.close()
      connections.close()
    }
  }
}
