import type { TopicConfigEntry } from '../../contracts/topic-configs.ts'
import type { Assignment, TopicConfigs, TopicSpec } from '../../contracts/topic-specs.ts'
import type { ConfigEntry } from '../../contracts/topics.ts'
import type { KopsError } from '../../errors/catalog.ts'
import type { Deadline, PartitionOffsets, Reading, TopicMetadata } from '../model.ts'

/** Reads topics. As ClusterReader's, no method rejects for one broker. */
export interface TopicReader {
  /** Log start offset and high watermark of each partition, asked of the partitions' leaders, one batch a broker. */
  offsets(topics: TopicMetadata[], options: Deadline): Promise<Reading<PartitionOffsets[]>>
  /**
   * Configuration of topics, defaults included, by topic name.
   * @param options.names only these settings; all of them when undefined
   */
  topicConfigs(topics: string[], options: Deadline & { names?: string[] }): Promise<Reading<Map<string, ConfigEntry[]>>>
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

export interface BatchOptions {
  /** Kafka checks everything and changes nothing. */
  validateOnly: boolean
  /** How long one request may take. */
  timeoutMs: number
}

/** What Kafka refused of a batch, by topic; the others were accepted. */
export type Refusals = Map<string, KopsError>

/**
 * Changes many topics in few requests. A topic that Kafka refuses does not keep it from accepting the others of its batch.
 * Each method rejects when the batch as a whole was not answered: kafka_timeout (it may have been carried out, in part too),
 * controller_unavailable or cluster_unreachable (nothing was changed).
 */
export interface TopicBatches {
  /** Resolves when the controller has accepted the topics; their leaders may still be missing. */
  createTopics(specs: (TopicSpec & { assignment?: Assignment })[], options: BatchOptions): Promise<Refusals>
  /**
   * @param topics how many partitions each is to have in all; `assignments` are the replicas of those that are added, in
   *   their order, each as many as the topic's partitions have. Kafka chooses when undefined
   */
  addPartitions(
    topics: { name: string; partitions: number; assignments?: Assignment }[],
    options: BatchOptions
  ): Promise<Refusals>
  /** Sets overrides and leaves the others as they are (KIP-339). */
  setConfigs(topics: { name: string; configs: TopicConfigs }[], options: BatchOptions): Promise<Refusals>
  close(): Promise<void>
}

/** Members of a group that are to read a topic, by assignment or subscription; null when they could not be asked. */
export interface TopicMembers {
  group: string
  state: string
  members: number | null
}

/** When the latest record of a topic was written, by the records' timestamps. */
export interface LastWrite {
  /** null when there are no records, or none of the partitions could be asked. */
  at: Date | null
}

/** What administering topics needs beyond ClusterReader and TopicAdmin. Readings are partial, and never reject for one broker. */
export interface TopicOperations {
  /**
   * The whole configuration of a topic, with where each value comes from.
   * @throws KopsError topic_not_found, cluster_unreachable
   */
  describeConfigs(topic: string, options: Deadline): Promise<Reading<TopicConfigEntry[]>>
  /**
   * Sets overrides, or takes them away (null), and leaves the others as they are (KIP-339).
   * @param validateOnly Kafka checks everything and changes nothing
   * @throws KopsError topic_not_found, config_invalid, controller_unavailable, cluster_unreachable, kafka_timeout
   */
  alterConfigs(
    topic: string,
    changes: Record<string, string | null>,
    options: { validateOnly: boolean; timeoutMs: number }
  ): Promise<void>
  /**
   * The offset of the first record of this time or later, by partition; null where there is none. A partition whose leader
   * could not tell is absent.
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
  /** The groups with members that are assigned partitions of a topic or subscribe to it. */
  activeGroups(topic: string, options: Deadline): Promise<Reading<TopicMembers[]>>
  /**
   * Commits offsets for a group without members.
   * @throws KopsError coordinator_unavailable, kafka_timeout, kafka_refused (the group has members)
   */
  commitOffsets(group: string, topic: string, offsets: ReadonlyMap<number, number>, options: Deadline): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}
