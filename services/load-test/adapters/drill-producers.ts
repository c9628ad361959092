import type { ConnectionOptions } from '#shared/kafka/connection/options.ts'
import { createBulkProducer } from '#shared/kafka/producing/bulk-producer.ts'
import { durableSettings } from '#shared/kafka/producing/port.ts'
import { createTransactionalProducer } from '#shared/kafka/producing/transactional-producer.ts'
import type { CreateTransactional } from '../domain/drills/hanging/transaction.ts'
import type { DrillParts } from '../domain/drills/steps.ts'

/** Shorter than Kafka's default, so that drills show how long the cluster takes and not how long a client waits. */
export const drillRequestTimeoutMs = 3000
const deliveryTimeoutMs = 120_000
/** Longer than any failover: a transaction that its coordinator gives up ends its producer. */
const transactionTimeoutMs = 60_000

/** Producers of drills' records. */
export function createDrillProducers(options: Omit<ConnectionOptions, 'budget'>): DrillParts['createProducer'] {
  return ({ topic, transactionalId }, onOutcome, { acks, idempotent, transactional }) => {
    const all = {
      ...{ ...options, ...durableSettings, acks, idempotent, topic, onOutcome },
      ...{ requestTimeoutMs: drillRequestTimeoutMs, deliveryTimeoutMs }
    }
    return transactional
      ? createTransactionalProducer({ ...all, transactionalId, transactionTimeoutMs })
      : createBulkProducer(all)
  }
}

/** How long a delayed end is tried: its coordinator may have moved meanwhile. */
const lateEndMs = 30_000

/** Producers of transactions that stay open. */
export function createHangingProducers(options: Omit<ConnectionOptions, 'budget'>): CreateTransactional {
  return (topic, transaction, onOutcome) =>
    createTransactionalProducer({
      ...{ ...options, ...durableSettings, ...transaction, topic, onOutcome },
      ...{ requestTimeoutMs: drillRequestTimeoutMs, deliveryTimeoutMs: lateEndMs }
    })
}
