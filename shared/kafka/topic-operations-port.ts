import type { TopicConfigEntry } from '../contracts/topic-configs.ts'
import type { KopsError } from '../errors/catalog.ts'
import type { Deadline, Reading, TopicMetadata } from './ports.ts'

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
