import type { Consumers } from '../../contracts/load-consumption.ts'
import type { LogRecord, RecordView } from '../records/port.ts'

/** A record as it is in the log. */
export interface ReceivedRecord extends LogRecord {
  topic: string
  /** Why it cannot be decoded, and perhaps others behind it, which it then stands for: key, value and headers are empty. */
  unreadable?: string
}

/** Records of one batch, for the member that has its partition. */
export interface Delivery {
  /** Number of the member, from 0. */
  member: number
  partition: number
  /** After the last of them. */
  nextOffset: number
  /** Offsets whose records cannot be decoded, and are not shown; those within a batch that can be are here after each(). */
  unreadable: readonly { from: number; to: number; reason: string }[]
  /** Shows each record from the first; the view, and its bytes, are valid until the next call. */
  each(visit: (record: RecordView) => void): void
  /** All of a record that each() shows, during its visit. */
  record(view: RecordView): LogRecord
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

/** How a consumer fetches: a broker answers once it has so many bytes, or so long has passed. */
export interface FetchSettings {
  /** fetch.min.bytes */
  minBytes: number
  /** fetch.max.wait.ms */
  maxWaitMs: number
}

/** Those of Kafka's own consumer without settings. */
export const defaultFetch: FetchSettings = { minBytes: 1, maxWaitMs: 500 }

/** Below this an idle broker would be asked all the time, and the first byte ends the waiting anyway. */
export const leastFetchWaitMs = 10

export type ConsumerProfile = NonNullable<Consumers['profile']>

/** The settings of consumers by what matters most: of load tests' groups, and of applications (docs/client-settings.md). */
export const consumerProfiles: Record<ConsumerProfile, FetchSettings> = {
  standard: { minBytes: 1024, maxWaitMs: 500 },
  'high-throughput': { minBytes: 65_536, maxWaitMs: 500 },
  'low-latency': { minBytes: 1, maxWaitMs: leastFetchWaitMs }
}

/** What a PartitionSource reports. None may throw. */
export interface PartitionSourceEvents {
  /** These partitions are its own now, and no others. After each rebalance; with none when the group has put it out. */
  onAssigned(partitions: readonly number[]): void
  /** The group is about to rebalance: resolves once nothing is under way that the next generation would refuse. */
  onRebalance(): Promise<void>
  /** The coordinator has just confirmed that its partitions are its own. */
  onConfirmed(): void
  /** Records of a partition, in order. */
  onDelivery(delivery: Delivery): void
  /** Whether a partition may get more now. */
  wants(partition: number): boolean
  /** Reading failed; it goes on. */
  onProblem(error: unknown): void
}

/**
 * One member of a consumer group whose application commits offsets itself, with what it derives from the records: each partition
 * is read from where the application says, once it has said so.
 */
export interface PartitionSource {
  /** Who it is in the group's generation, for commits (KIP-447); undefined while it is no member. */
  readonly membership: { memberId: string; generation: number } | undefined
  /**
   * Joins, and delivers until the signal aborts; then it leaves the group.
   * @throws KopsError for what no further attempt would change
   */
  run(events: PartitionSourceEvents, signal: AbortSignal): Promise<void>
  /** Delivers a partition from this offset on. */
  seek(partition: number, offset: number): void
  /** Delivers no more of it until seek(). */
  stop(partition: number): void
  /** What the group has committed; null for nothing. @throws KopsError coordinator_unavailable, cluster_unreachable */
  committed(partition: number, signal: AbortSignal): Promise<number | null>
  /** Closes its connections. Idempotent. */
  close(): void
}

/** Whoever works on the records of one partition, from the moment in which a member has it until it has it no longer. */
export interface PartitionWork {
  /** In the order of the log. @param nextOffset nothing else comes before it */
  take(records: readonly ReceivedRecord[], nextOffset: number): void
  /** Takes no more for the time being: the partition is not fetched meanwhile. */
  readonly paused: boolean
  /** Resolves when there may be room again, or the work was stopped. */
  room(): Promise<void>
  /** Everything before this offset is done, and may be committed. */
  readonly mark: number
  /** Begins nothing for the time being, and resolves when nothing is in hand. */
  hold(): Promise<void>
  /** Ends hold(). */
  release(): void
  /** Begins nothing more, and resolves when nothing is in hand. Idempotent. */
  stop(): Promise<void>
}

/**
 * starting: joining its group; idle: none of its topics exists; disconnected: the cluster does not answer, or the
 * member has failed and will be replaced at the next check.
 */
export type ConsumerState = 'running' | 'starting' | 'idle' | 'disconnected' | 'stopped'

/** A member of a consumer group, for as long as any of its topics exists. */
export interface GroupConsumer {
  /** Begins to look for the topics. Idempotent. */
  start(): void
  state(): ConsumerState
  /** Lets what is in hand end, commits, and leaves the group. Waits for nothing that takes longer than a few seconds. Idempotent. */
  close(): Promise<void>
}
