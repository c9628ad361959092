import type { Deadline } from '../model.ts'

export interface EventRecord {
  topic: string
  /** null: any partition. */
  key: string | null
  value: string
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

export interface ReceivedRecord {
  topic: string
  partition: number
  offset: number
  key: string | null
  /** null: a tombstone. */
  value: string | null
  /** Milliseconds since 1970, by the producer's or the broker's clock. */
  timestampMs: number
}

/**
 * starting: joining its group; idle: none of its topics exists; disconnected: the cluster does not answer, or the
 * consumer has failed and will be recreated at the next check.
 */
export type ConsumerState = 'running' | 'starting' | 'idle' | 'disconnected' | 'stopped'

/** A member of a consumer group, for as long as any of its topics exists. Offsets are committed after records were handled. */
export interface EventConsumer {
  /** Begins to look for the topics. Idempotent. */
  start(): void
  state(): ConsumerState
  /** Leaves the group. Idempotent. */
  close(): Promise<void>
}
