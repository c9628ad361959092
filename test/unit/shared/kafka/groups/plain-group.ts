import type { ListedGroup } from '#shared/kafka/groups/coordinators.ts'

/** Keys of the APIs that describe groups. */
export const describeGroups = 15
export const consumerGroupDescribe = 69

export const listed = (groupId: string, groupType?: string, groupState = 'Stable'): ListedGroup => ({
  groupId,
  groupState,
  protocolType: 'consumer',
  groupType
})

/** A member of a group of the KIP-848 protocol. */
export const modernMember = (subscribed: string[], assigned: string[]) => ({
  memberId: 'm',
  instanceId: null,
  clientId: 'c',
  clientHost: '/10.0.0.8',
  subscribedTopicNames: subscribed,
  assignment: { topicPartitions: assigned.map((topicName) => ({ topicName, partitions: [0] })) }
})
