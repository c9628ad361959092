import type { UnknownReason } from '../../contracts/common.ts'
import type { GroupMember } from '../../contracts/groups.ts'
import type { Deadline, Reading } from '../model.ts'

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

/** Reads all groups. As ClusterReader's, no method rejects for one broker. */
export interface GroupReader {
  /**
   * All consumer groups with their states and members.
   * @param options.onListed gets their names as soon as they are known, before their members are
   */
  groups(options: Deadline & { onListed?: (groups: string[]) => void }): Promise<Reading<GroupReading[]>>
  /** Committed offsets of groups, for every partition that has one. */
  committedOffsets(groups: string[], options: Deadline): Promise<Reading<CommittedOffset[]>>
}

/** Reads a few groups between two listings of all. */
export interface KnownGroupsReader {
  /**
   * The current state and commits of groups from the last listing: one request of each kind to each coordinator,
   * whatever their number. Leaves out groups that are gone or have moved to another coordinator.
   */
  knownGroups(
    groups: readonly string[],
    options: Deadline
  ): Promise<Reading<{ groups: GroupReading[]; committed: CommittedOffset[] }>>
}

/** An offset as a group has committed it. */
export interface Commit {
  topic: string
  partition: number
  /** null: the coordinator refused to report it. */
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

/** The outcome for one partition of a change: null, or Kafka's error name. */
export interface PartitionResult {
  topic: string
  partition: number
  error: string | null
}

/**
 * One group at a time: reads it completely and changes its commits. Every call goes to the group's coordinator, as
 * named by the brokers that list the group; no call creates a group or the offsets topic.
 */
export interface GroupAdmin {
  /**
   * @throws KopsError group_not_found; coordinator_unavailable when no broker that answers lists it and some do not answer;
   *   cluster_unreachable, kafka_timeout
   */
  describe(group: string, options: Deadline): Promise<Reading<GroupDescription>>
  /**
   * The first offsets at or after a time, null if every record is older; leaves out partitions that could not be read.
   */
  offsetsAtTime(
    partitions: { topic: string; partitions: number[] }[],
    timestampMs: number,
    options: Deadline
  ): Promise<Reading<Map<string, number | null>>>
  /**
   * Commits offsets for a group without members. Kafka itself refuses while the group has members, so that a member
   * that joins in between wins.
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
   * Deletes commits for one topic; Kafka allows it while members do not subscribe to that topic.
   * @throws KopsError group_active, group_not_found, coordinator_unavailable, kafka_timeout (it may have been done)
   */
  deleteOffsets(group: string, topic: string, partitions: number[], options: Deadline): Promise<PartitionResult[]>
  close(): Promise<void>
}

/** Members of a group that are to read a topic, by assignment or subscription; null when they could not be asked. */
export interface TopicMembers {
  group: string
  state: string
  members: number | null
}

/** The groups of a topic. */
export interface TopicGroups {
  /**
   * The groups with members that are assigned partitions of a topic or subscribe to it. The reading is partial, and never rejects for one
   * broker.
   */
  activeGroups(topic: string, options: Deadline): Promise<Reading<TopicMembers[]>>
  /**
   * Commits offsets for a group without members.
   * @throws KopsError coordinator_unavailable, kafka_timeout, kafka_refused (the group has members)
   */
  commitOffsets(group: string, topic: string, offsets: ReadonlyMap<number, number>, options: Deadline): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}
