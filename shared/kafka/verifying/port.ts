import type { Deadline, Reading } from '../model.ts'
import type { RecordView } from '../records/port.ts'

/** A record as stored in the log. */
export interface StoredRecord {
  partition: number
  offset: number
  key: string | null
  value: string | null
}

export interface PartitionReading {
  partition: number
  /** The first offset still in the log. */
  startOffset: number
  /** The high watermark when the reading began. */
  endOffset: number
  /** Everything below this was read; equal to endOffset when the partition was read whole. */
  readUpTo: number
  records: number
}

export interface TopicReading {
  partitions: PartitionReading[]
  /** Every partition was read up to its end offset. */
  complete: boolean
  /** What could not be read and why, for people; empty if complete. */
  unread: string[]
}

export interface ReadTopicOptions {
  deadlineMs: number
  /** read_committed: without records of transactions that are open or were aborted. */
  isolation: 'read_committed' | 'read_uncommitted'
  /** Where to begin, by partition; undefined: every partition from its first offset. A partition that is missing is left out. */
  from?: ReadonlyMap<number, number> | undefined
  signal?: AbortSignal
  onRecord: (record: StoredRecord) => void
}

/** Reads a topic with a client other than the writer, so that an error of the writer cannot hide itself. */
export interface IndependentReader {
  /**
   * Reads every partition from its first offset, or a later one, to its end offset, in order and each record once. Names what cannot be
   * read within the deadline. Leaves no consumer group behind.
   * @throws KopsError topic_not_found, kafka_tls_failed, kafka_login_refused, kafka_not_authorized, cluster_unreachable
   * (nothing could be read); the signal's reason when aborted
   */
  readTopic(topic: string, options: ReadTopicOptions): Promise<TopicReading>
}

/** Offsets of one partition: `from` inclusive, `to` exclusive. */
export interface OffsetRange {
  partition: number
  from: number
  to: number
}

/** How far a range was read. */
export interface RangeReading extends OffsetRange {
  /** Everything below this was read, except what is in `gone`; equal to `to` when the range was read whole. */
  readUpTo: number
  /** Offsets that the log no longer has: retention, or somebody, deleted them. */
  gone: { from: number; to: number }[]
  /** Why it was not read whole. */
  failure?: string
}

export interface RangeVisitor {
  /** Each record in the order of its partition; the reader reuses the view. */
  onRecord(partition: number, record: RecordView): void
  /** Offsets whose records cannot be decoded. */
  onUnreadable(partition: number, unreadable: { from: number; to: number; reason: string }): void
  /** After the last record of a range. */
  onEnd(reading: RangeReading): void
}

export type Isolation = 'read_committed' | 'read_uncommitted'

/** Reads ranges of a topic as fast as brokers deliver them, without a consumer group. */
export interface RangeReader {
  /** Start and end (high watermark) of each partition. @throws KopsError topic_not_found, cluster_unreachable, topic_not_ready */
  offsets(topic: string, signal: AbortSignal): Promise<OffsetRange[]>
  /**
   * Follows leaders as they move, and gives up what has not advanced for `stallMs`. With `read_committed`, no record of an aborted
   * transaction arrives, and none behind an open one.
   * @throws the signal's reason when aborted; nothing else
   */
  read(
    topic: string,
    ranges: readonly OffsetRange[],
    options: RangeVisitor & { isolation?: Isolation; stallMs: number; signal: AbortSignal }
  ): Promise<void>
  close(): Promise<void>
}

/** How far the readers of a partition come. */
export interface ReadablePartition {
  partition: number
  /** Where readers of everything come to. */
  highWatermark: number
  /** Where read_committed readers come to: the first record of the first open transaction, or the high watermark. */
  lastStableOffset: number
}

/** Looks at open transactions as those see them who wait for their end, and as their coordinator does. */
export interface TransactionReader {
  /**
   * Asks the leaders (ListOffsets), for the high watermark first: without an open transaction, the other offset is not below it.
   * Leaves out partitions whose leader did not answer.
   * @throws KopsError topic_not_found, cluster_unreachable
   */
  readable(topic: string, options: Deadline): Promise<ReadablePartition[]>
  /**
   * The state of a transactional id (DescribeTransactions, Kafka 3.0): `Ongoing`, `CompleteAbort`; undefined if no broker that
   * answers coordinates it. @throws KopsError cluster_unreachable
   */
  state(transactionalId: string, options: Deadline): Promise<string | undefined>
  close(): Promise<void>
}

/** Where one epoch of a partition ends, in the log of the partition's leader. */
export interface EpochEnd {
  partition: number
  epoch: number
  /** The first offset after it; of the leader's own epoch, where its log ends, though not everything may be readable yet. */
  endOffset: number
  /** The leader that answered, and its epoch. */
  leader: number
  leaderEpoch: number
}

/** Reads the ledger of epochs that each leader keeps, by which replicas find out where their logs part (KIP-101). */
export interface EpochReader {
  /**
   * Asks the current leaders (OffsetForLeaderEpoch), which refuse if they do not lead any more. Leaves out epochs that the leader
   * does not know, and partitions whose leader did not answer.
   * @throws KopsError cluster_unreachable
   */
  epochEnds(
    topic: string,
    asked: readonly { partition: number; epoch: number }[],
    options: Deadline
  ): Promise<Reading<EpochEnd[]>>
  close(): Promise<void>
}
