import type { Assignment, TopicConfigs, TopicSpec } from '../contracts/topic-specs.ts'
import type { KopsError } from '../errors/catalog.ts'

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
