import {
  type consumerGroupDescribeV0,
  decodeConsumerProtocolAssignment,
  type describeGroupsV5
} from '@platformatic/kafka'
import type { GroupMember } from '../../contracts/groups.ts'

/** A group as its coordinator describes it. */
export interface DescribedGroup {
  groupId: string
  /** Kafka's error code, 0 for none. */
  errorCode: number
  state: string
  /** undefined for a group of the KIP-848 protocol, whose description leaves it out. */
  protocolType?: string
  /** The assignor; null before the members have agreed on one. */
  protocol: string | null
  /** null if the coordinator refused to describe the group. */
  members: GroupMember[] | null
}

export function classicGroup(group: describeGroupsV5.DescribeGroupsResponseGroup): DescribedGroup {
  const { groupId, errorCode, groupState, protocolType, protocolData, members } = group
  return {
    groupId,
    errorCode,
    state: groupState,
    protocolType,
    protocol: protocolData || null,
    members: errorCode === 0 ? members.map((member) => classicMember(member, protocolType)) : null
  }
}

/** A group of the KIP-848 protocol. */
export function modernGroup(group: consumerGroupDescribeV0.ConsumerGroupDescribeResponseGroup): DescribedGroup {
  const { groupId, errorCode, groupState, assignorName, members } = group
  return {
    groupId,
    errorCode,
    state: groupState,
    protocol: assignorName || null,
    members: errorCode === 0 ? members.map(modernMember) : null
  }
}

/** A member of a classic group. Its assignment is null where it is not one of consumers, or not there yet. */
function classicMember(member: describeGroupsV5.DescribeGroupsResponseMember, protocolType: string): GroupMember {
  const { memberId, groupInstanceId, clientId, clientHost, memberAssignment } = member
  return {
    memberId,
    instanceId: groupInstanceId ?? null,
    clientId,
    host: hostOf(clientHost),
    assignment: protocolType === 'consumer' ? assignmentOf(memberAssignment) : null
  }
}

/** A member of a group of the KIP-848 protocol. */
function modernMember(member: consumerGroupDescribeV0.ConsumerGroupDescribeResponseMember): GroupMember {
  const { memberId, instanceId, clientId, clientHost, assignment } = member
  return {
    memberId,
    instanceId: instanceId ?? null,
    clientId,
    host: hostOf(clientHost),
    assignment: assignment.topicPartitions.map(({ topicName, partitions }) => ({ topic: topicName, partitions }))
  }
}

/** Empty until the leader has sent one; a client may also send something that the protocol does not describe. */
function assignmentOf(bytes: Buffer): GroupMember['assignment'] {
  if (bytes.length === 0) return null
  try {
    return decodeConsumerProtocolAssignment(bytes).assignedPartitions.map(({ topic, partitions }) => ({
      topic,
      partitions: [...partitions].sort((a, b) => a - b)
    }))
  } catch {
    return null
  }
}

/** Java writes an address as `/127.0.0.1`. */
function hostOf(clientHost: string): string {
  return clientHost.replace(/^\//, '')
}
