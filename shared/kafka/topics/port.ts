import type { TopicConfigEntry } from '../../contracts/topic-configs.ts'
import type { Assignment, TopicSpec } from '../../contracts/topic-specs.ts'
import type { ConfigEntry } from '../../contracts/topics.ts'
import type { KopsError } from '../../errors/catalog.ts'
import type { ConfigChanges, Deadline, PartitionOffsets, Reading, TopicMetadata } from '../model.ts'

/** Reads topics. As ClusterReader's, no method rejects for one broker. */
export interface TopicReader {
  /**
   * Log start offset and high watermark of each partition, from the partitions' leaders, one batch per broker.
   * @param options.endsAfter requests high watermarks once this has settled; log start offsets at once
   */
  offsets(
    topics: TopicMetadata[],
    options: Deadline & { endsAfter?: Promise<unknown> }
  ): Promise<Reading<PartitionOffsets[]>>
  /**
   * Configuration of topics, including defaults, by topic name.
   * @param options.names only these settings; undefined: all
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
   * Creates a topic and resolves once the controller has accepted it; leaders may still be missing.
   * @param validateOnly Kafka validates everything and creates nothing (CreateTopics' validateOnly)
   * @param assignment replicas by partition; undefined: Kafka chooses
   * @throws KopsError topic_exists, topic_name_invalid, partitions_invalid, replication_factor_invalid, config_invalid,
   * controller_unavailable, cluster_unreachable, kafka_timeout
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
  /** Time limit of one request. */
  timeoutMs: number
}

/** Kafka's refusals in a batch, by topic; the others were accepted. */
export type Refusals = Map<string, KopsError>

/**
 * Changes many topics in few requests. A refused topic does not affect the others of its batch. Each method rejects if
 * the whole batch got no answer: kafka_timeout (it may have been carried out, perhaps in part), controller_unavailable
 * or cluster_unreachable (nothing was changed).
 */
export interface TopicBatches {
  /** Resolves once the controller has accepted the topics; their leaders may still be missing. */
  createTopics(specs: (TopicSpec & { assignment?: Assignment })[], options: BatchOptions): Promise<Refusals>
  /**
   * @param topics the new total of partitions of each; `assignments` are the replicas of the added ones, in order, as
   * many as the topic's partitions have. undefined: Kafka chooses
   */
  addPartitions(
    topics: { name: string; partitions: number; assignments?: Assignment }[],
    options: BatchOptions
  ): Promise<Refusals>
  /** Sets overrides, or takes them away (null), and leaves the others as they are (KIP-339). */
  setConfigs(topics: { name: string; configs: ConfigChanges }[], options: BatchOptions): Promise<Refusals>
  close(): Promise<void>
}
