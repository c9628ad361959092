import type { ProducerSettings, Workload } from '../../contracts/workload.ts'

export type Compression = NonNullable<ProducerSettings['compression']>

/** One record for a partition of the producer's topic. The producer copies it at once, so the caller may reuse what it is made of. */
export interface BulkRecord {
  partition: number
  key: Uint8Array | null
  value: Uint8Array
  /** Its headers as the record format has them, with their number first; absent or null without headers. */
  headers?: Uint8Array | null
  /**
   * Returned in the batch's outcome, at the record's position, so that a caller knows which of its records was written
   * where, or when it was due.
   */
  tag?: number
}

/**
 * The outcome of one batch. Each batch that was appended to has exactly one outcome.
 * - acknowledged: all in-sync replicas have it, or with acks `leader` its leader. Of a transaction, it still depends on its end
 * - unconfirmed: it was handed to the network, and with acks `none` no broker says what became of it
 * - failed: it was never written
 * - indeterminate: it was sent, but no answer confirms whether it was written (timeout, disconnect, a leader that
 *   stepped down)
 */
export interface BatchOutcome {
  status: 'acknowledged' | 'unconfirmed' | 'failed' | 'indeterminate'
  partition: number
  records: number
  /** Number of its first record among those that were appended to the partition, from 0. */
  firstRecord: number
  /** The tags of its records, in the order in which they were appended; empty when none has one. */
  tags: readonly number[]
  /** Offset of its first record, the others follow without gaps; null unless acknowledged, and when the broker knew it only as a duplicate. */
  baseOffset: number | null
  /**
   * Kafka's name of the last error, or `NETWORK_EXCEPTION`, `DELIVERY_TIMEOUT`, `TRANSACTION_ABORTED`, `CANCELLED`; undefined
   * when acknowledged or unconfirmed.
   */
  code: string | undefined
  /** The number of attempts. */
  attempts: number
  /** Id of the broker that the last attempt went to, which is the one that acknowledged; null if there was none. */
  broker: number | null
  /** Monotonic milliseconds of the first attempt's failure, or of the end without an acknowledgement; null if nothing failed. */
  errorAt: number | null
  /** Monotonic milliseconds (performance.now) of the first hand-over and of the outcome; sentAt is null if it was never handed over. */
  sentAt: number | null
  endedAt: number
  /** Bytes of the record batch as KIP-98 lays it out, before and after compression: the latter is what each replica stores. */
  uncompressedBytes: number
  compressedBytes: number
}

export interface BulkProducerOptions {
  topic: string
  /** Who must have a batch before it counts as acknowledged: all in-sync replicas, the leader alone, or nobody, who never says so. */
  acks: 'all' | 'leader' | 'none'
  /** KIP-98: no duplicate by a retry, no reordering within a partition. Needs acks `all`. */
  idempotent: boolean
  compression: Compression
  /** Size of a batch in bytes, as expected after compression. */
  batchBytes: number
  /** A batch that is not full waits this long for more records. */
  lingerMs: number
  /** append() answers false while more than this is accumulated and unanswered. */
  bufferBytes: number
  /** Requests to one broker, and batches of one partition, that may wait for an answer at once: 1 to 5. */
  requestsInFlight: number
  /** How long a broker may take to answer before the connection is closed. */
  requestTimeoutMs: number
  /** How long a batch may take from being closed to its outcome, including retries. */
  deliveryTimeoutMs: number
  onOutcome: (outcome: BatchOutcome) => void
}

/**
 * Sends records of one topic in bulk. It accumulates by partition, and hands each broker all ready partitions in one request,
 * as Kafka's own producer does.
 */
export interface BulkProducer {
  /**
   * Finds the topic and connects to its leaders. Resolves to the number of partitions.
   * @throws KopsError topic_not_found, topic_not_ready (a partition has no leader), cluster_unreachable
   */
  open(): Promise<{ partitions: number }>
  /** Adds a record. false: it was accepted, but the caller must wait for drained() before the next. */
  append(record: BulkRecord): boolean
  /** Resolves when there is room again, or the producer was closed. */
  drained(): Promise<void>
  /** Sends the current batches without waiting for them to fill, and resolves once every batch has its outcome. */
  flush(): Promise<void>
  /** Ends: batches without an outcome get one (`CANCELLED`; indeterminate if they were sent). Idempotent. */
  close(): Promise<void>
}

export interface TransactionalOptions {
  /** Whoever opens a producer with the same id fences this one, and aborts its open transaction. */
  transactionalId: string
  /** After so long, the coordinator aborts an open transaction by itself and fences its producer. */
  transactionTimeoutMs: number
}

/**
 * How a transaction ended.
 * - committed: read_committed readers see all its records
 * - aborted: they see none of them
 * - indeterminate: all or none, but the coordinator did not say which
 */
export interface TransactionEnd {
  status: 'committed' | 'aborted' | 'indeterminate'
  /** Why it was not committed although it should be: Kafka's name of the error, or a code of BatchOutcome. */
  code: string | undefined
  /** Monotonic milliseconds of the call, before the last records were sent, and of the coordinator's answer. */
  askedAt: number
  endedAt: number
}

/**
 * A BulkProducer whose records all belong to transactions (KIP-98). A batch that ends without an acknowledgement dooms its
 * transaction: what is not sent yet fails with `TRANSACTION_ABORTED`, and commit() aborts.
 *
 * What no further attempt would change ends the producer, and every later call throws it: kafka_refused with `PRODUCER_FENCED` or
 * `INVALID_PRODUCER_EPOCH` (another producer has the id, or the transaction took longer than its timeout), `INVALID_TXN_STATE`,
 * or kafka_not_authorized.
 */
export interface TransactionalProducer extends BulkProducer {
  /** Also gets its producer id and epoch from the coordinator. @throws KopsError coordinator_unavailable, kafka_not_authorized */
  open(): ReturnType<BulkProducer['open']>
  /** Before the first record of a transaction. @throws KopsError coordinator_unavailable if the last one is not settled */
  begin(): Promise<void>
  /** Sends what is left of the transaction, and commits it. */
  commit(): Promise<TransactionEnd>
  /** Gives up what is not sent yet, and aborts; call flush() before if all records should be written. */
  abort(): Promise<TransactionEnd>
  /** Aborts an open transaction, if the coordinator answers at once. */
  close(): Promise<void>
}

/** A record of a TransactionWriter. */
export interface OutputRecord {
  topic: string
  partition: number
  key: Uint8Array | null
  /** null deletes the key from a compacted topic. */
  value: Uint8Array | null
  headers?: readonly (readonly [name: string, value: Uint8Array | null])[]
}

/** The next offset of a group in a partition of its input, as a member of a generation commits it. */
export interface InputOffset {
  group: string
  memberId: string
  generation: number
  topic: string
  partition: number
  offset: number
}

/**
 * Writes records of several topics, and the offset of the input that they come from, in one transaction after the other (KIP-98,
 * KIP-447). Unlike a TransactionalProducer it has all records of a transaction at its beginning, and takes no second one after a
 * failure: whoever derives state from what was written has to begin again from what is committed.
 */
export interface TransactionWriter {
  /**
   * Takes the transactional id: fences whoever has it, and settles the transaction that was open. Resolves to the number of
   * partitions of each topic.
   * @throws KopsError topic_not_found, topic_not_ready, coordinator_unavailable, cluster_unreachable, kafka_not_authorized
   */
  open(): Promise<Map<string, number>>
  /**
   * Resolves once everything is committed. Rejects if it is not, or may not be; then only open() helps.
   * @throws KopsError kafka_refused with `PRODUCER_FENCED` or `INVALID_PRODUCER_EPOCH` (another writer has the id),
   * `ILLEGAL_GENERATION` or `UNKNOWN_MEMBER_ID` (the member has lost the partition); whatever else keeps it from committing
   */
  commit(records: readonly OutputRecord[], offset: InputOffset): Promise<void>
  /** Aborts an open transaction, if the coordinator answers at once. Idempotent. */
  close(): Promise<void>
}

/** The partition of a key, as Kafka's own default partitioner chooses it. */
export type Partitioner = (key: string, partitions: number) => number

/** Settings of Kafka's own producer since 3.0, but for snappy instead of no compression, and 5 ms of linger. */
export const durableSettings = {
  acks: 'all',
  idempotent: true,
  compression: 'snappy',
  batchBytes: 16_384,
  lingerMs: 5,
  bufferBytes: 33_554_432,
  requestsInFlight: 5
} as const satisfies Partial<BulkProducerOptions>

const timeouts = { requestTimeoutMs: 10_000, deliveryTimeoutMs: 60_000 }

export type ProducerProfile = NonNullable<Workload['profile']>

/** The settings of producers by what matters most: of load tests, and of applications (docs/client-settings.md). */
export const producerProfiles: Record<ProducerProfile, Required<ProducerSettings>> = {
  durable: { ...durableSettings, ...timeouts },
  'high-throughput': {
    acks: 'leader',
    idempotent: false,
    compression: 'lz4',
    batchBytes: 65_536,
    lingerMs: 10,
    bufferBytes: 134_217_728,
    requestsInFlight: 5,
    ...timeouts
  },
  // A batch of one byte has one record, and a request that times out leaves no time for another attempt.
  'low-latency': {
    acks: 'leader',
    idempotent: false,
    compression: 'none',
    batchBytes: 1,
    lingerMs: 0,
    bufferBytes: 33_554_432,
    requestsInFlight: 5,
    requestTimeoutMs: timeouts.requestTimeoutMs,
    deliveryTimeoutMs: timeouts.requestTimeoutMs
  }
}
