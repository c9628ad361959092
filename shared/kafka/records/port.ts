import type { UnknownReason, Warning } from '../../contracts/common.ts'
import type { KopsError } from '../../errors/catalog.ts'
import type { Deadline, Reading, TopicMetadata } from '../model.ts'

/** One record of the log; if compaction removed it, the next existing one. */
export interface RecordPlace {
  topic: string
  partition: number
  offset: number
}

/** The record's timestamp: by its producer's clock, or the broker's (message.timestamp.type). */
export interface RecordTime extends RecordPlace {
  /** Milliseconds since 1970; null for a record that has none. */
  timestampMs: number | null
}

/** Dates records. As ClusterReader's, no method rejects for one broker. */
export interface RecordTimeReader {
  /**
   * Timestamps of single records, from one batch of each, many partitions a request to their leader. Records that could not be
   * read are missing.
   * @param topics where their partitions are led
   */
  recordTimes(places: RecordPlace[], topics: TopicMetadata[], options: Deadline): Promise<Reading<RecordTime[]>>
}

/** When the latest record of a topic was written, by the records' timestamps. */
export interface LastWrite {
  /** null if there are no records, or no partition could be read. */
  at: Date | null
}

/** The records of a topic as a whole. Readings are partial, and never reject for one broker. */
export interface TopicRecords {
  /**
   * The offset of the first record at or after this time, by partition; null if there is none. Partitions whose leader
   * could not report it are absent.
   */
  offsetsAt(topic: TopicMetadata, at: Date, options: Deadline): Promise<Reading<Map<number, number | null>>>
  /** The latest timestamp of all partitions (KIP-734). */
  lastWrite(topic: TopicMetadata, options: Deadline): Promise<Reading<LastWrite>>
  /**
   * Removes the records before an offset in each of some partitions. Asking twice does no harm.
   * @param before the first offset that stays, by partition
   * @returns the error of each partition that was not done; the others are done
   */
  deleteRecords(
    topic: TopicMetadata,
    before: ReadonlyMap<number, number>,
    options: Deadline
  ): Promise<Map<number, KopsError>>
  /** Idempotent. */
  close(): Promise<void>
}

/** A record as stored in the log, with its original bytes. Control records (transaction markers) are never returned. */
export interface LogRecord {
  partition: number
  offset: number
  /** Milliseconds since 1970: the producer's or the broker's, as the topic is set. */
  timestampMs: number
  key: Buffer | null
  /** null: a tombstone. */
  value: Buffer | null
  headers: [name: string, value: Buffer | null][]
  /** Bytes of key, value and headers. */
  sizeBytes: number
}

/** Where a record's parts lie in the bytes of its batch. Its reader reuses it: copy what you need before you return. */
export interface RecordView {
  offset: number
  bytes: Buffer
  /** Where it begins, with its length. */
  start: number
  keyStart: number
  /** Before keyStart for a record without a key. */
  keyEnd: number
  valueStart: number
  /** Before valueStart for a record without a value. */
  valueEnd: number
  /** The headers, their number first. */
  headersStart: number
  headersEnd: number
}

/** The position of a reading in one partition; offsets are null with a reason if its leader could not report them. */
export interface PartitionProgress {
  partition: number
  logStartOffset: number | null
  /** The high watermark when the reading began. */
  logEndOffset: number | null
  /** The start of the first open transaction, or the log end; only for read_committed, which ends there. */
  lastStableOffset?: number | null
  /**
   * Forwards: the offset of the next record to read. Backwards: everything from here on was handed out, the next to read is
   * the one before.
   */
  position: number | null
  /** Nothing is left to read in the requested direction. */
  finished: boolean
  reason?: UnknownReason
}

export interface ReadOutcome {
  partitions: PartitionProgress[]
  /** Records that were handed to onRecord. */
  records: number
  /** Bytes that were fetched, after decompression. */
  bytes: number
  /** The reason why the reading ended early: onRecord returned false, the byte limit, or the deadline. */
  cutBy: 'stopped' | 'bytes' | 'time' | null
  /** Parts that could not be read: partitions without a leader, brokers that do not answer, undecodable batches. */
  warnings: Warning[]
}

/**
 * read_committed excludes records of aborted transactions, and ends before the first open transaction (KIP-98), like a
 * consumer with that isolation.level; read_uncommitted returns everything in the log.
 */
export type Isolation = 'read_committed' | 'read_uncommitted'

export interface ReadBounds extends Deadline {
  isolation: Isolation
  /**
   * No batch is fetched when this many bytes have been. A batch is read whole, so it is passed by the (at most four) batches
   * that are under way at that moment.
   */
  bytes: number
  /** All partitions when undefined. */
  partitions?: number[] | undefined
}

export type ForwardStart =
  | { at: 'earliest' }
  /** Records that are written, or with read_committed committed, from now on. */
  | { at: 'latest' }
  /** Clamped to the log. */
  | { at: 'offset'; offset: number }
  /** The first record that is not older. */
  | { at: 'timestamp'; timestampMs: number }
  /** `position` of a reading before; partitions that are not named are left out. */
  | { at: 'positions'; positions: ReadonlyMap<number, number> }

/** Takes a record; false ends the reading after it. */
export type OnRecord = (record: LogRecord) => boolean

/**
 * Reads records without a consumer group: it commits nothing, joins nothing and leaves nothing behind. Supports every
 * codec of Kafka. Records are ordered by timestamp over all partitions, and by offset within a partition. (If a limit
 * cuts the reading, what had been fetched is still returned, in the same order as far as it goes.) Transaction markers
 * are never returned; `isolation` decides on records of open and aborted transactions.
 */
export interface RecordReader {
  /**
   * Reads from a start up to the high watermarks of the moment (read_committed: up to the last stable offsets).
   * @throws KopsError topic_not_found, validation_failed on `partition`, cluster_unreachable; the signal's reason
   */
  readForward(topic: string, options: ReadBounds & { start: ForwardStart }, onRecord: OnRecord): Promise<ReadOutcome>
  /**
   * Reads newest first, from the same ends (or from `positions` of an earlier reading) back to the log start: for
   * searching a log whose newest records matter. Fetches windows from the end, so the newest records of a long log cost
   * only their own size.
   * @param options.sinceMs ends at the first record at or after this time (ListOffsets by timestamp)
   * @throws KopsError topic_not_found, validation_failed on `partition`, cluster_unreachable; the signal's reason
   */
  readBackwards(
    topic: string,
    options: ReadBounds & { sinceMs?: number | undefined; positions?: ReadonlyMap<number, number> | undefined },
    onRecord: OnRecord
  ): Promise<ReadOutcome>
  /** Calls in flight reject. Idempotent. */
  close(): Promise<void>
}

export interface RecordToWrite {
  /** undefined: by the key's hash, like Kafka's own producer; without a key one partition for all records of a call. */
  partition?: number | undefined
  key: Buffer | null
  value: Buffer | null
  headers: [name: string, value: Buffer | null][]
  /** Milliseconds since 1970; by default when it is written. A topic with LogAppendTime has the broker's time all the same. */
  timestampMs?: number | undefined
}

/**
 * The outcome of a record.
 * - acknowledged: all in-sync replicas have it
 * - refused: it was not written
 * - indeterminate: it was sent without an answer, and may have been written. It is not resent, because that might write
 *   it twice.
 */
export type WriteResult =
  | { status: 'acknowledged'; partition: number; offset: number }
  | { status: 'refused' | 'indeterminate'; partition: number; error: KopsError }

/** Writes a few records with acks=all, and reports the position of each. */
export interface RecordWriter {
  /**
   * The target partitions of records; null for those without key and partition.
   * @throws KopsError topic_not_found, validation_failed on `records.n.partition`, cluster_unreachable
   */
  place(topic: string, records: readonly RecordToWrite[]): Promise<(number | null)[]>
  /**
   * Writes the records of one partition in order, and none after one that was not acknowledged. Retries what was
   * certainly not written until the deadline.
   * @param options.batchBytes the most of key, value and headers in a batch of several records; by default half a mebibyte
   * @throws KopsError like place(): then nothing was written
   */
  write(
    topic: string,
    records: readonly RecordToWrite[],
    options: { deadlineMs: number; batchBytes?: number | undefined }
  ): Promise<WriteResult[]>
  close(): Promise<void>
}

/** The offset up to which a partition can be read; null if unknown. */
export function readableEnd({
  logEndOffset,
  lastStableOffset
}: Pick<PartitionProgress, 'logEndOffset' | 'lastStableOffset'>): number | null {
  return lastStableOffset === undefined ? logEndOffset : lastStableOffset
}

/**
 * Where each partition continues after a reading: for `{ at: 'positions' }`. One that has no position yet begins at its log start,
 * because it was created since; one of `atStart`, which could not be read at the start, at its end, because nobody wanted old records.
 */
export function nextPositions(
  partitions: readonly PartitionProgress[],
  atStart: ReadonlySet<number>
): Map<number, number> {
  return new Map(
    partitions.flatMap((progress): [number, number][] => {
      const { partition, position, logStartOffset } = progress
      const next = position ?? (atStart.has(partition) ? readableEnd(progress) : logStartOffset)
      return next === null ? [] : [[partition, next]]
    })
  )
}

/** Bytes of key, value and headers. */
export function weigh({ key, value, headers }: Pick<RecordToWrite, 'key' | 'value' | 'headers'>): number {
  const ofHeaders = headers.reduce((sum, [name, content]) => sum + Buffer.byteLength(name) + (content?.length ?? 0), 0)
  return (key?.length ?? 0) + (value?.length ?? 0) + ofHeaders
}
