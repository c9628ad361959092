import type { LogDirReader } from '../brokers/port.ts'
import type { GroupReader } from '../groups/port.ts'
import type { BrokerEndpoint, BrokerView, ClusterMetadata, Deadline, Reading } from '../model.ts'
import type { RecordTimeReader } from '../records/port.ts'
import type { TopicReader } from '../topics/port.ts'

/**
 * Reads the cluster without changing it. No method rejects because a broker is dead or black-holed: what only that
 * broker could report is missing and named in `warnings`. They reject with `cluster_unreachable` only if no broker
 * answers at all.
 */
export interface ClusterReader extends TopicReader, LogDirReader, GroupReader, RecordTimeReader {
  /**
   * Asks every configured broker, in parallel, for its own view of the cluster. Never rejects.
   * @param topics only these topics (a view leaves out those that the broker does not know); undefined: all
   * @param evenSilent also asks a broker that has just missed a deadline, because it may be back
   */
  views(options: Deadline & { topics?: string[]; evenSilent?: boolean }): Promise<BrokerView[]>
  /**
   * One view of the cluster, merged from those of the brokers: for each partition the claim with the highest leader
   * epoch.
   * @param topics only these topics (leaves out those that do not exist); undefined: all
   */
  metadata(options: Deadline & { topics?: string[] }): Promise<Reading<ClusterMetadata>>
  /** Closes every connection. Calls in flight reject. Idempotent. */
  close(): Promise<void>
}

/** Reads single brokers' views. */
export interface ViewReader {
  /**
   * Asks the broker at one endpoint, even one that has just missed a deadline: a watcher waits for no other broker's
   * answer. Rejects only with the signal's reason.
   */
  view(endpoint: BrokerEndpoint, options: Deadline & { topics: string[] }): Promise<BrokerView>
}

/**
 * One member of the metadata quorum, according to its leader. Offsets are those of the metadata log,
 * `__cluster_metadata`.
 */
export interface QuorumReplica {
  /** Node id. A node that is broker and controller has one id for both. */
  id: number
  /** The id of its log directory; null where voters are configured and not registered (KIP-853). */
  directoryId: string | null
  /** null until the leader has heard from it. */
  logEndOffset: number | null
  /**
   * Records of the metadata log that it has yet to replicate, relative to the leader's log end; null if one of the two
   * is unknown.
   */
  lag: number | null
  /**
   * Its last fetch from the leader, in milliseconds since the epoch by the leader's clock; for the leader, the time of
   * the answer. null if the leader does not know: it was elected after the last fetch, or does not report it (before
   * 3.3).
   */
  lastFetchTimestamp: number | null
  /** When it was last fully caught up with the leader, like lastFetchTimestamp. */
  lastCaughtUpTimestamp: number | null
}

/** The metadata quorum of a KRaft cluster (KIP-595), as DescribeQuorum returns it (KIP-836). */
export interface KraftQuorum {
  kind: 'kraft'
  /** The active controller. */
  leaderId: number
  leaderEpoch: number
  /** Of the metadata log; null until a new leader has committed something. */
  highWatermark: number | null
  /** Controllers, by id. More than half of them must follow the leader, or nothing can fail over. */
  voters: QuorumReplica[]
  /** Brokers that are not controllers (and controllers without a vote), by id. */
  observers: QuorumReplica[]
}

/** The cluster keeps its metadata in ZooKeeper: its brokers have no DescribeQuorum. */
export interface NoQuorum {
  kind: 'zookeeper'
}

/** Reads the controllers' quorum. */
export interface QuorumReader {
  /**
   * Asks any broker, which forwards the request to the active controller. After a quarter of a second without an
   * answer, it asks the next one as well. Without a leader, brokers hold the request: a caller whose deadline passes
   * leaves it there, and the next caller waits for the same answer. On a ZooKeeper cluster the answer follows from the
   * versions that brokers offer, without a request.
   * @throws KopsError cluster_unreachable if no broker answers; controller_unavailable if brokers of a KRaft cluster
   * find no leader of the quorum in time, because there is none or it cannot be reached; kafka_timeout if no broker has
   * reported in time where its metadata is; kafka_refused
   */
  describeQuorum(options: Deadline): Promise<KraftQuorum | NoQuorum>
  /** Closes every connection. Calls in flight reject. Idempotent. */
  close(): Promise<void>
}
