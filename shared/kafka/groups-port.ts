import type { GroupMember } from '../contracts/groups.ts'
import type { Deadline, Reading } from './ports.ts'

/** An offset as a group has committed it. */
export interface Commit {
  topic: string
  partition: number
  /** null: the coordinator refused to tell. */
  offset: number | null
  metadata: string
}

export interface GroupDescription {
  group: string
  state: string
  protocolType: string
  /** The assignor; null before the members have agreed on one. */
  protocol: string | null
  /** Broker id; null when none of the known brokers is it. */
  coordinator: number | null
  /** null when the coordinator refused to describe it. */
  members: GroupMember[] | null
  commits: Commit[]
}

/** What became of one partition of a change: null, or Kafka's name of the error. */
export interface PartitionResult {
  topic: string
  partition: number
  error: string | null
}

/**
 * One group at a time: reading it whole and changing what it has committed. Every call goes to the group's coordinator, as
 * the brokers that list the group name it; no call makes a group or the offsets topic.
 */
export interface GroupAdmin {
  /**
   * @throws KopsError group_not_found; coordinator_unavailable when no broker that answers lists it and some do not answer;
   *   cluster_unreachable, kafka_timeout
   */
  describe(group: string, options: Deadline): Promise<Reading<GroupDescription>>
  /**
   * The first offsets that are not older than a time, null where every record is older; partitions that could not be asked
   * are missing.
   */
  offsetsAtTime(
    partitions: { topic: string; partitions: number[] }[],
    timestampMs: number,
    options: Deadline
  ): Promise<Reading<Map<string, number | null>>>
  /**
   * Commits offsets in the name of a group without members. Kafka itself refuses while one has members, so that a member
   * that comes in between wins.
   * @throws KopsError group_active, group_not_found, coordinator_unavailable, kafka_timeout (it may have been done)
   */
  commit(
    group: string,
    offsets: { topic: string; partition: number; offset: number }[],
    options: Deadline
  ): Promise<PartitionResult[]>
  /** @throws KopsError group_active, group_not_found, coordinator_unavailable, kafka_timeout (it may have been done) */
  deleteGroup(group: string, options: Deadline): Promise<void>
  /**
   * Forgets commits of one topic; Kafka allows it beside members that do not subscribe to that topic.
   * @throws KopsError group_active, group_not_found, coordinator_unavailable, kafka_timeout (it may have been done)
   */
  deleteOffsets(group: string, topic: string, partitions: number[], options: Deadline): Promise<PartitionResult[]>
  close(): Promise<void>
}
