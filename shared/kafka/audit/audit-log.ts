import type { AuditEvent } from '../../contracts/audit.ts'
import type { TopicSpec } from '../../contracts/topic-specs.ts'
import { isKopsError, KopsError } from '../../errors/catalog.ts'
import { retry } from '../../poll.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import type { RequestBudget } from '../connection/request-budget.ts'
import { createBulkProducer } from '../producing/bulk-producer.ts'
import { type BatchOutcome, type BulkProducer, durableSettings } from '../producing/port.ts'
import type { TopicAdmin } from '../topics/port.ts'
import type { AuditLog } from './port.ts'

export interface AuditLogOptions extends Omit<ConnectionOptions, 'budget'> {
  /** The topic, created if missing: without it nothing can be changed, including itself. */
  topic: TopicSpec
  admin: Pick<TopicAdmin, 'createTopic'>
  /** Whether another attempt makes sense: without a metadata quorum, missing leaders stay missing. */
  budget?: Pick<RequestBudget, 'admit'>
}

/** Does not wait for a partition without a leader: another one takes the event. */
const deliveryTimeoutMs = 2500
const attempts = 3
const createTimeoutMs = 8000

/** Writes audit events with acks=all, one producer for the life of the service. */
export function createAuditLog({ topic, admin, budget, ...connection }: AuditLogOptions): AuditLog {
  const waiting = new Map<number, (outcome: BatchOutcome) => void>()
  let opened: Promise<{ producer: BulkProducer; partitions: number }> | undefined
  let next = 0
  let closed = false

  function open(): Promise<{ producer: BulkProducer; partitions: number }> {
    opened ??= openProducer().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }

  async function openProducer() {
    const producer = createBulkProducer({
      ...connection,
      ...durableSettings,
      topic: topic.name,
      batchBytes: 65_536,
      lingerMs: 1,
      bufferBytes: 8_388_608,
      requestTimeoutMs: 1500,
      deliveryTimeoutMs,
      onOutcome: (outcome) => {
        for (const tag of outcome.tags) waiting.get(tag)?.(outcome)
      }
    })
    try {
      const { partitions } = await producer.open().catch(async (error: unknown) => {
        if (isKopsError(error, 'topic_not_found')) await makeTopic()
        else if (!isKopsError(error, 'topic_not_ready')) throw error
        return openWhenThere(producer)
      })
      return { producer, partitions }
    } catch (error) {
      await producer.close()
      throw error
    }
  }

  async function makeTopic(): Promise<void> {
    try {
      await admin.createTopic(topic, { validateOnly: false, timeoutMs: createTimeoutMs })
    } catch (error) {
      if (!isKopsError(error, 'topic_exists')) throw error
    }
  }

  /**
   * Brokers learn of a new topic a moment after the controller has created it, and of leaders a moment after they have
   * started.
   */
  async function openWhenThere(producer: BulkProducer): Promise<{ partitions: number }> {
    const isEarly = (error: unknown) => isKopsError(error, 'topic_not_found') || isKopsError(error, 'topic_not_ready')
    return retry(() => producer.open(), isEarly, { timeoutMs: createTimeoutMs, pauseMs: 100 })
  }

  async function write(event: AuditEvent): Promise<void> {
    let last: BatchOutcome | undefined
    for (let attempt = 0; attempt < attempts && !closed; attempt++) {
      const { producer, partitions } = await open()
      const tag = next++
      last = await new Promise<BatchOutcome>((resolve) => {
        waiting.set(tag, resolve)
        const [key, value] = [Buffer.from(event.id), Buffer.from(JSON.stringify(event))]
        producer.append({ partition: tag % partitions, key, value, tag })
      })
      waiting.delete(tag)
      if (last.status === 'acknowledged') return
      await budget?.admit()
    }
    throw new KopsError('kafka_timeout', `the audit event was not acknowledged (${last?.code ?? 'closed'})`, {
      kafkaError: last?.code
    })
  }

  return {
    async append(events) {
      await Promise.all(events.map(write))
    },
    async close() {
      closed = true
      const open = await opened?.catch(() => undefined)
      await open?.producer.close()
    }
  }
}
