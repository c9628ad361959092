import type { LoadTestPartition } from '#shared/contracts/load-detail.ts'
import type { Verification } from '#shared/contracts/load-test-result.ts'
import type { LoadWorkers } from '#shared/contracts/load-workers.ts'
import type { LatencyCounts } from './latencies.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'

/** Transactions that ended within a second, and acknowledged records in them. */
export interface SecondTransactions {
  committed: number
  aborted: number
  indeterminate: number
  committedRecords: number
  abortedRecords: number
  indeterminateRecords: number
  /** Why transactions were not committed, unless on purpose: how often each code occurred. */
  uncommitted: Record<string, number>
  /** From the end of a transaction until its commit. */
  commit: LatencyCounts
}

/** What one producer measured within one second of its run. */
export interface SecondReport {
  producer: number
  /** From 0; the last one is shorter. */
  second: number
  /** Records that were due, sent or not. */
  due: number
  sent: number
  acknowledged: number
  /** Handed to the network with acks=none. */
  unconfirmed: number
  /** Given up, for any reason; `indeterminate` of them may have been written. */
  failed: number
  indeterminate: number
  /** How often each error occurred, by Kafka's name, and the longest time that had passed since a record was due. */
  errors: Record<string, { count: number; longestMs: number }>
  /** Of a workload with transactions. */
  transactions?: SecondTransactions
  /**
   * From the time at which a record was due until its acknowledgement, or with acks=none until the network had it; without either,
   * until the run gave it up.
   */
  response: LatencyCounts
  /** From handing a record's batch to the broker until the same, retries included. */
  service: LatencyCounts
  /** From the time at which a record was due until the producer took it; empty with the closed rate. */
  scheduleLag: LatencyCounts
  /** Milliseconds from handing over to acknowledgement, one per batch; none with acks=none. */
  batchTimes: number[]
  uncompressedBytes: number
  compressedBytes: number
  /** Share of the second in which the producer's thread was at work: near 1, it is the client that limits the rate. */
  busy: number
  /**
   * Share of the second in which the producer's buffer was full, or it waited for the end of a transaction: near 1, it is the
   * cluster that limits the rate.
   */
  blocked: number
  /** Of the whole run, with its last second. */
  partitions?: LoadTestPartition[]
}

export interface LoadOrder {
  topic: string
  workload: ResolvedWorkload
  /** Determines what records contain: a run can be repeated. */
  seed: number
  /** The time that log events bear. */
  timestampMs: number
}

/** A run whose producers are connected. */
export interface PreparedLoad {
  /** Mean size of a value in bytes, and the number of different values. */
  payload: { meanBytes: number; pool: number }
  /**
   * Sends the records. Resolves once each has its outcome; after an abort, what is under way gets one at once, and the run resolves
   * all the same. Rejects only if a thread dies.
   * @returns milliseconds from the first record to the last outcome
   */
  run(signal: AbortSignal, onSecond: (report: SecondReport) => void): Promise<{ durationMs: number }>
  /**
   * After the run: reads its records back and accounts for each. Only of a workload with `verify`.
   * @param onRead gets the number of records that were read so far
   * @throws the signal's reason when aborted
   */
  verify?: ((signal: AbortSignal, onRead: (records: number) => void) => Promise<Verification>) | undefined
  /** After the run: who made the load. Only of a workload with `workers`. */
  workers?: (() => LoadWorkers) | undefined
  /** Gives connections and threads back. Idempotent. */
  close(): Promise<void>
}

/** Makes load, away from the thread that serves requests. */
export interface LoadEngine {
  /** @throws KopsError topic_not_found, topic_not_ready, cluster_unreachable, kafka_not_authorized */
  prepare(order: LoadOrder): Promise<PreparedLoad>
  close(): Promise<void>
}
