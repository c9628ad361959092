import type { LogDirReader } from '../brokers/port.ts'
import type { GroupReader } from '../groups/port.ts'
import type { BrokerView, ClusterMetadata, Deadline, Reading } from '../model.ts'
import type { RecordTimeReader } from '../records/port.ts'
import type { TopicReader } from '../topics/port.ts'

/**
 * Reads the cluster without changing it. No method rejects because a broker is dead or black-holed: what that broker would
 * have told is missing and named in `warnings`. They reject with `cluster_unreachable` only when no broker answers at all.
 */
export interface ClusterReader extends TopicReader, LogDirReader, GroupReader, RecordTimeReader {
  /**
   * Asks every configured broker, in parallel, for its own view of the cluster. Never rejects.
   * @param topics only these topics (those that a broker does not know are left out of its view); all when undefined
   * @param evenSilent asks a broker again that has just let a deadline pass: it may be back
   */
  views(options: Deadline & { topics?: string[]; evenSilent?: boolean }): Promise<BrokerView[]>
  /**
   * One view for the cluster, merged from those of the brokers: of each partition the claim with the highest leader epoch.
   * @param topics only these topics (those that do not exist are left out); all of them when undefined
   */
  metadata(options: Deadline & { topics?: string[] }): Promise<Reading<ClusterMetadata>>
  /** Closes every connection. Calls in flight reject. Idempotent. */
  close(): Promise<void>
}

/** One member of the metadata quorum, as its leader knows it. Offsets are those of the metadata log, `__cluster_metadata`. */
export interface QuorumReplica {
  /** Node id. A node that is broker and controller has one id for both. */
  id: number
  /** The id of its log directory; null where voters are configured and not registered (KIP-853). */
  directoryId: string | null
  /** null before the leader has heard of it. */
  logEndOffset: number | null
  /** Records of the metadata log that it lacks, against the leader's log end; null while one of the two is not known. */
  lag: number | null
  /**
   * When it last fetched from the leader, milliseconds since the epoch by the leader's clock; the leader's own is the time
   * of the answer. null where the leader does not know: it was elected after the last fetch, or does not tell (before 3.3).
   */
  lastFetchTimestamp: number | null
  /** When it last had all of the leader's log, as lastFetchTimestamp. */
  lastCaughtUpTimestamp: number | null
}

/** The metadata quorum of a KRaft cluster (KIP-595), as DescribeQuorum tells it (KIP-836). */
export interface KraftQuorum {
  kind: 'kraft'
  /** The active controller. */
  leaderId: number
  leaderEpoch: number
  /** Of the metadata log; null while a new leader has not committed anything yet. */
  highWatermark: number | null
  /** Controllers, by id. More than half of them must follow the leader, or nothing can fail over. */
  voters: QuorumReplica[]
  /** Brokers that are no controllers (and controllers that have no vote), by id. */
  observers: QuorumReplica[]
}

/** The cluster keeps its metadata in ZooKeeper: its brokers have no DescribeQuorum. */
export interface NoQuorum {
  kind: 'zookeeper'
}

/** Reads the controllers' quorum. */
export interface QuorumReader {
  /**
   * Asks any broker; it passes the question on to the active controller. A broker that is silent or cut off costs a quarter
   * of a second, then the next one is asked as well. Without a leader brokers keep the question: a caller whose deadline comes first
   * leaves it there, and the next caller waits for the same answer. On a ZooKeeper cluster the answer comes from the versions that
   * brokers offer, without a question.
   * @throws KopsError cluster_unreachable when no broker answers; controller_unavailable when brokers do, keep their metadata in a
   *   quorum and find no leader of it in time: there is none, or it cannot be reached; kafka_timeout when no broker has said in time
   *   where its metadata is; kafka_refused
   */
  describeQuorum(options: Deadline): Promise<KraftQuorum | NoQuorum>
  /** Closes every connection. Calls in flight reject. Idempotent. */
  close(): Promise<void>
}
