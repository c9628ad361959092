import {
  type consumerGroupDescribeV0,
  decodeConsumerProtocolAssignment,
  type describeGroupsV5
} from '@platformatic/kafka'
import type { GroupMember } from '../../contracts/groups.ts'

/** A member of a classic group. Its assignment is null where it is not one of consumers, or not there yet. */
export function classicMember(
  member: describeGroupsV5.DescribeGroupsResponseMember,
  protocolType: string
): GroupMember {
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
export function modernMember(member: consumerGroupDescribeV0.ConsumerGroupDescribeResponseMember): GroupMember {
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
