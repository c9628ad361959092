import type { ProducerStatistics } from '../../contracts/events.ts'
import type { Deadline } from '../model.ts'

export interface EventRecord {
  topic: string
  /** null: any partition. */
  key: string | null
  value: string
  headers?: readonly (readonly [name: string, value: string])[]
}

/** Sends single records, one after the other or many at once. */
export interface EventProducer {
  /**
   * Resolves once all in-sync replicas have it.
   * @throws KopsError topic_not_found, payload_too_large, not_enough_replicas, broker_unreachable, kafka_timeout (it
   * may have been written)
   */
  send(record: EventRecord, options: Deadline): Promise<{ partition: number; offset: number }>
  /** Records that were sent and not answered. */
  pending(): number
  /** Resolves when everything that was sent until now is answered. @throws KopsError kafka_timeout */
  flush(options: Deadline): Promise<void>
  /** Whether it has a connection, or gets one in time. Never rejects. */
  connected(options: Deadline): Promise<boolean>
  /** Waits a moment for records in flight. Idempotent. */
  close(): Promise<void>
}

/**
 * Sends events that nobody waits for. Its queue is bounded, and those of a key keep their order.
 */
export interface EventPublisher {
  /** Takes an event without waiting for anything. @returns false if it was dropped: the queue is full, or closed */
  offer(record: EventRecord): boolean
  /** Events that were taken and are neither acknowledged nor given up. */
  pending(): number
  /** Resolves when everything that was taken until now is acknowledged or given up. @throws KopsError kafka_timeout */
  flush(options: Deadline): Promise<void>
  /** Takes nothing more, and waits a moment for what it has. Idempotent. */
  close(): Promise<void>
}

/** Counts the events that a service publishes. */
export interface PublishMeter {
  sent(topic: string, status: 'success' | 'error', bytes: number): void
  /** An event of a request that did not fit into the queue, or was left in it when the service ended. */
  dropped(topic: string): void
  statistics(): Omit<ProducerStatistics, 'messages_queued'>
}
