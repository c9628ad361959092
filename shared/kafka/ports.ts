import type { UnknownReason, Warning } from '../contracts/common.ts'
import type { Assignment, TopicConfigs, TopicSpec } from '../contracts/topic-specs.ts'
import type { ConfigEntry } from '../contracts/topics.ts'
import type { KopsError } from '../errors/catalog.ts'
import type { RecordPlace, RecordTime } from './record-times-port.ts'

/** Where a broker listens for clients. */
export interface BrokerEndpoint {
  host: string
  port: number
}

/** A reading that may be partial: what could not be read is left out of `value` and named in `warnings`. */
export interface Reading<T> {
  value: T
  warnings: Warning[]
}

export interface BrokerMetadata {
  id: number
  host: string
  port: number
  rack: string | null
}

export interface PartitionMetadata {
  partition: number
  /** Broker id; null while no replica can lead. */
  leader: number | null
  leaderEpoch: number | null
  /** Broker ids, the preferred leader first. */
  replicas: number[]
  isr: number[]
  offlineReplicas: number[]
}

export interface TopicMetadata {
  name: string
  /** Kafka's id of it, another one for a topic made anew under the same name; absent where the cluster has none. */
  id?: string
  internal: boolean
  partitions: PartitionMetadata[]
}

/** The cluster as one broker tells it. Two brokers may tell different things: one that is cut off goes on claiming its leaderships. */
export interface ClusterMetadata {
  clusterId: string | null
  controllerId: number | null
  brokers: BrokerMetadata[]
  topics: TopicMetadata[]
}

/** The answer, or the silence, of one configured broker. */
export type BrokerView =
  | { endpoint: BrokerEndpoint; reachable: true; responseTimeMs: number; metadata: ClusterMetadata }
  | { endpoint: BrokerEndpoint; reachable: false; error: KopsError }

/** The offsets of one partition; null with a reason when its leader could not tell. */
export interface PartitionOffsets {
  topic: string
  partition: number
  logStartOffset: number | null
  /** The high watermark: the offset that the next fully replicated record gets. */
  logEndOffset: number | null
  reason?: UnknownReason
}

export interface ReplicaSize {
  broker: number
  topic: string
  partition: number
  sizeBytes: number
}

/** One log directory of one broker (KIP-827). */
export interface LogDirReading {
  /** Broker id. */
  broker: number
  dir: string
  /** Sum of the replicas in it. */
  sizeBytes: number
  /** Of its volume; null from brokers before 3.3, and while the directory is offline. */
  totalBytes: number | null
  usableBytes: number | null
  /** false when the broker has given it up after an I/O error. */
  online: boolean
}

export interface GroupOverview {
  group: string
  /** Kafka's state: Stable, Empty, PreparingRebalance, CompletingRebalance, Dead. */
  state: string
  protocolType: string
  /** null when its coordinator could not describe it. */
  members: number | null
}

/** One member of a consumer group. */
export interface GroupMemberReading {
  memberId: string
  clientId: string
  host: string
  /** Empty while the group rebalances. */
  assignment: { topic: string; partitions: number[] }[]
}

/** A group with its members; `memberList` is null when its coordinator could not describe it. */
export interface GroupReading extends GroupOverview {
  memberList: GroupMemberReading[] | null
}

/** A committed offset; null with a reason when there is none. */
export interface CommittedOffset {
  group: string
  topic: string
  partition: number
  offset: number | null
  reason?: UnknownReason
}

/** How long one call may take as a whole. A broker that has not answered by then is left out. */
export interface Deadline {
  deadlineMs: number
  signal?: AbortSignal
}

/**
 * Reads the cluster without changing it. No method rejects because a broker is dead or black-holed: what that broker would
 * have told is missing and named in `warnings`. They reject with `cluster_unreachable` only when no broker answers at all.
 */
export interface ClusterReader {
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
  /** Log start offset and high watermark of each partition, asked of the partitions' leaders, one batch a broker. */
  offsets(topics: TopicMetadata[], options: Deadline): Promise<Reading<PartitionOffsets[]>>
  /** Sizes of all replicas, or of those of some topics, from the log directories of each broker. */
  replicaSizes(topics: string[] | undefined, options: Deadline): Promise<Reading<ReplicaSize[]>>
  /** The log directories of each broker and all replicas in them, from one question a broker. */
  logDirs(options: Deadline): Promise<Reading<{ dirs: LogDirReading[]; replicaSizes: ReplicaSize[] }>>
  /**
   * Configuration of topics, defaults included, by topic name.
   * @param options.names only these settings; all of them when undefined
   */
  topicConfigs(topics: string[], options: Deadline & { names?: string[] }): Promise<Reading<Map<string, ConfigEntry[]>>>
  /**
   * All consumer groups with their states and members.
   * @param options.onListed gets their names as soon as they are known, before their members are
   */
  groups(options: Deadline & { onListed?: (groups: string[]) => void }): Promise<Reading<GroupReading[]>>
  /** Committed offsets of groups, for every partition that has one. */
  committedOffsets(groups: string[], options: Deadline): Promise<Reading<CommittedOffset[]>>
  /**
   * Timestamps of single records, from one batch of each, many partitions a request to their leader. Records that could not be
   * read are missing.
   * @param topics where their partitions are led
   */
  recordTimes(places: RecordPlace[], topics: TopicMetadata[], options: Deadline): Promise<Reading<RecordTime[]>>
  /** Closes every connection. Calls in flight reject. Idempotent. */
  close(): Promise<void>
}

/** Changes topics. Every refusal of Kafka's is a KopsError of the catalog with `kafkaError` set. */
export interface TopicAdmin {
  /**
   * Creates a topic and resolves when the controller has accepted it; leaders may still be missing.
   * @param validateOnly Kafka checks everything and creates nothing (CreateTopics' validateOnly)
   * @param assignment replicas by partition; Kafka chooses when undefined
   * @throws KopsError topic_exists, topic_name_invalid, partitions_invalid, replication_factor_invalid, config_invalid,
   *   controller_unavailable, cluster_unreachable, kafka_timeout
   */
  createTopic(
    spec: TopicSpec,
    options: { validateOnly: boolean; timeoutMs: number; assignment?: Assignment }
  ): Promise<void>
  /** @throws KopsError topic_not_found, controller_unavailable, cluster_unreachable, kafka_timeout */
  deleteTopic(topic: string, options: { timeoutMs: number }): Promise<void>
  /**
   * Sets overrides and leaves the others as they are (KIP-339).
   * @param validateOnly Kafka checks everything and changes nothing
   * @throws KopsError topic_not_found, config_invalid, controller_unavailable, cluster_unreachable, kafka_timeout
   */
  setTopicConfigs(
    topic: string,
    configs: TopicConfigs,
    options: { validateOnly?: boolean; timeoutMs: number }
  ): Promise<void>
  close(): Promise<void>
}
