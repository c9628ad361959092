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
  signal?: AbortSignal
  onRecord: (record: StoredRecord) => void
}

/** Reads a topic with a client other than the writer, so that an error of the writer cannot hide itself. */
export interface IndependentReader {
  /**
   * Reads every partition from its first offset to its end offset, in order and each record once. Names what cannot be
   * read within the deadline. Leaves no consumer group behind.
   * @throws KopsError topic_not_found, kafka_tls_failed, kafka_login_refused, kafka_not_authorized, cluster_unreachable
   * (nothing could be read); the signal's reason when aborted
   */
  readTopic(topic: string, options: ReadTopicOptions): Promise<TopicReading>
}
