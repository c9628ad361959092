import type { FetchSettings } from '../consuming/port.ts'
import type { LogRecord } from '../records/port.ts'

/** A consumer group's protocol: the classic one, or that of KIP-848, which Kafka calls `consumer`. */
export type GroupProtocol = 'classic' | 'consumer'

/** A record as a member gets it. */
export type SubscribedRecord = Pick<LogRecord, 'offset' | 'timestampMs' | 'key' | 'value' | 'headers'>

/** How a member subscribes. */
export interface Subscription {
  group: string
  topic: string
  /** Where it begins in partitions without a commit (auto.offset.reset). */
  begins: 'earliest' | 'latest'
  protocol: GroupProtocol
  /** group.instance.id; null: a member that leaves gives its partitions away (KIP-345). */
  instanceId: string | null
  /** With the protocol `consumer` the broker decides on this and on the interval. */
  sessionTimeoutMs: number
  heartbeatIntervalMs: number
  /** `processed`: after each batch; `interval`: every second, what has been processed until then. */
  commit: 'processed' | 'interval'
  /** With the protocol `classic`: most records of a batch, beyond which it is processed and committed in parts; by default it is one part. */
  batchRecords?: number
  /** With the protocol `classic`: partitions whose records are processed at the same time; 1 by default. */
  atOnce?: number
  /** With the protocol `classic`: how it fetches; by default an answer waits for the first byte, for 250 ms. */
  fetch?: FetchSettings & { maxBytes?: number | undefined; partitionBytes?: number | undefined }
}

/** What a member learns and does, in this order. */
export interface SubscriberEvents {
  /** From now on it has these partitions, and no others. */
  onAssigned(assignment: { memberId: string; partitions: number[] }): void
  /** The generation (the group's epoch with KIP-848) in which it is a member. */
  onGeneration(generation: number): void
  /** The coordinator has just answered it as a member of the group. */
  onContact(): void
  /** Its partitions are taken away until it has joined again. */
  onRevoked(): void
  /**
   * Processes records of one partition, in the order of their offsets. They count as processed, and may be committed, once this has
   * resolved; rejected, they are delivered again. The member stays one while this takes long.
   */
  process(partition: number, records: SubscribedRecord[]): Promise<void>
  /** The coordinator has stored these offsets: of each partition, the next one to process. */
  onCommitted(commits: { partition: number; offset: number }[]): void
  /** It cannot go on. */
  onFailure(error: Error): void
}

/** One member of a consumer group, as services have them: a client's own consumer, which subscribes, processes and commits. */
export interface Subscriber {
  /** Begins to join. Whether it has, `onAssigned` shows. */
  start(): Promise<void>
  /** Ends processing, commits and leaves the group. */
  leave(): Promise<void>
}
