import type { Assignment } from '../../contracts/topic-specs.ts'
import type { KopsError } from '../../errors/catalog.ts'
import type { Deadline, TopicMetadata } from '../model.ts'

/** The brokers that are in the cluster, and the probe's topic as they agree on it; null when there is none. */
export interface ProbeView {
  brokers: { id: number; rack: string | null }[]
  topic: TopicMetadata | null
}

export interface ProbePosition {
  partition: number
  /** Of the trusted claim: a broker that only considers itself the leader refuses (KIP-320). */
  leaderEpoch: number | null
  /** The offset of the next record to read. */
  offset: number
}

/**
 * The result for one partition. Without an error, `ids` are those of all records from the requested offset up to
 * nextOffset.
 */
export type ProbeRead =
  | { partition: number; error: KopsError }
  | { partition: number; error: null; ids: string[]; nextOffset: number }

/**
 * The probe's topic. Each method speaks for itself and tries nothing twice: the prober decides. Errors are KopsErrors of the
 * catalog with `kafkaError`; when the signal aborts, its reason.
 */
export interface ProbeChannel {
  readonly topic: string
  /** @throws KopsError cluster_unreachable when no broker answers */
  look(options: Deadline): Promise<ProbeView>
  /** Makes the topic, with a short retention and all other settings as the cluster has them. @throws KopsError topic_exists, ... */
  createTopic(assignment: Assignment, options: { timeoutMs: number }): Promise<void>
  /** @param added replicas of the partitions to add; `total` is how many there are then */
  addPartitions(total: number, added: Assignment, options: { timeoutMs: number }): Promise<void>
  /** Has the preferred leaders of some partitions elected. */
  electPreferred(partitions: number[], options: { timeoutMs: number }): Promise<void>
  /** Log start offset and high watermark according to the leader. */
  offsets(
    place: { partition: number; leader: number; leaderEpoch: number | null },
    options: Deadline
  ): Promise<{ start: number; end: number }>
  /**
   * Writes one record with acks=all and resolves to its offset.
   * @param record.id becomes its key; the time its timestamp and its value
   * @throws KopsError broker_unreachable, kafka_timeout (perhaps written), not_enough_replicas, ...
   */
  write(record: { partition: number; leader: number; id: string; at: Date }): Promise<number>
  /** Reads partitions that one broker leads; waits up to waitMs for a first record. */
  read(leader: number, positions: ProbePosition[], options: Deadline & { waitMs: number }): Promise<ProbeRead[]>
  /** Ends every connection. Calls in flight reject. Idempotent. */
  close(): Promise<void>
}
