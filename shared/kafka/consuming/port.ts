import type { RecordView } from '../records/port.ts'

/** Records of one batch, for the member that has its partition. */
export interface Delivery {
  /** Number of the member, from 0. */
  member: number
  partition: number
  /** After the last of them. */
  nextOffset: number
  /** Shows each record from the first; the view, and its bytes, are valid until the next call. */
  each(visit: (record: RecordView) => void): void
}

/** Where a group stands in one partition. */
export interface GroupPosition {
  partition: number
  /** The high watermark. */
  end: number
  /** Everything below was delivered to a member. */
  delivered: number
  /** Everything below was processed; what members commit. */
  processed: number
}

/**
 * A consumer group of this process alone, in one topic: real members, which commit every second, so that whoever watches groups
 * sees its lag.
 */
export interface ConsumerGroup {
  /**
   * Its members join, and share the partitions out. Partitions without a commit get one at their end, so that records from now on
   * count, and are lag until they are processed.
   * @throws KopsError group_active (it has members already), topic_not_found, topic_not_ready, coordinator_unavailable,
   * cluster_unreachable, kafka_not_authorized; the signal's reason
   */
  join(signal: AbortSignal): Promise<void>
  /**
   * Delivers records to the members, each from its own connections. A member gets the next batch of a broker once `onDelivery` has
   * resolved for the one before. Resolves when the signal aborts; rejects if a member cannot go on.
   */
  consume(onDelivery: (delivery: Delivery) => Promise<void> | undefined, signal: AbortSignal): Promise<void>
  /** Everything of a partition before this offset has been processed. */
  processed(partition: number, offset: number): void
  /** @throws KopsError */
  positions(signal: AbortSignal): Promise<GroupPosition[]>
  /** Commits, and leaves the group. Waits for no broker that does not answer. Idempotent. */
  leave(): Promise<void>
}
