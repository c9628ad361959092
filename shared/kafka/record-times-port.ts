/** One record of the log; where compaction took it away, the next one that is there. */
export interface RecordPlace {
  topic: string
  partition: number
  offset: number
}

/** When a record was written, by its own timestamp: its producer's clock, or the broker's (message.timestamp.type). */
export interface RecordTime extends RecordPlace {
  /** Milliseconds since 1970; null for a record that has none. */
  timestampMs: number | null
}
