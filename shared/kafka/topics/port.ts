import type { TopicConfigEntry } from '../../contracts/topic-configs.ts'
import type { Assignment, TopicConfigs, TopicSpec } from '../../contracts/topic-specs.ts'
import type { ConfigEntry } from '../../contracts/topics.ts'
import type { KopsError } from '../../errors/catalog.ts'
import type { ConfigChanges, Deadline, PartitionOffsets, Reading, TopicMetadata } from '../model.ts'

/** Reads topics. As ClusterReader's, no method rejects for one broker. */
export interface TopicReader {
  /**
   * Log start offset and high watermark of each partition, asked of the partitions' leaders, one batch a broker.
   * @param options.endsAfter high watermarks are asked for when this has settled; log start offsets at once
   */
  offsets(
    topics: TopicMetadata[],
    options: Deadline & { endsAfter?: Promise<unknown> }
  ): Promise<Reading<PartitionOffsets[]>>
  /**
   * Configuration of topics, defaults included, by topic name.
   * @param options.names only these settings; all of them when undefined
   */
  topicConfigs(topics: string[], options: Deadline & { names?: string[] }): Promise<Reading<Map<string, ConfigEntry[]>>>
  /**
   * The whole configuration of a topic, with where each value comes from.
   * @throws KopsError topic_not_found, cluster_unreachable
   */
  describeTopicConfigs(topic: string, options: Deadline): Promise<Reading<TopicConfigEntry[]>>
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
   * Sets overrides, or takes them away (null), and leaves the others as they are (KIP-339).
   * @param validateOnly Kafka checks everything and changes nothing
   * @throws KopsError topic_not_found, config_invalid, controller_unavailable, cluster_unreachable, kafka_timeout
   */
  alterConfigs(
    topic: string,
    changes: ConfigChanges,
    options: { validateOnly: boolean; timeoutMs: number }
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
