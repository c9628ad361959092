import type { BrokerLink } from '../connection/link.ts'
import { describeGroups } from '../protocol/describe-groups.ts'
import { isModern, type ListedGroup } from './coordinators.ts'
import type { TopicMembers } from './port.ts'

const consumerProtocol = 'consumer'

/**
 * The groups of one coordinator with members that have partitions of a topic assigned, or that subscribe to it. A group
 * that is rebalancing has no assignment, only subscriptions.
 */
export async function readTopicMembers(
  link: BrokerLink,
  listed: readonly ListedGroup[],
  topic: string,
  signal: AbortSignal
): Promise<TopicMembers[]> {
  const occupied = listed.filter(({ groupState }) => groupState !== 'Empty' && groupState !== 'Dead')
  const idsOf = (groups: ListedGroup[]) => groups.map(({ groupId }) => groupId)
  const { classic, modern } = await describeGroups(
    link,
    { classic: idsOf(occupied.filter((group) => !isModern(group))), modern: idsOf(occupied.filter(isModern)) },
    signal
  )
  const found = [
    ...classic
      .filter(({ protocolType }) => protocolType === consumerProtocol)
      .map(({ groupId, groupState, members }) => ({
        group: groupId,
        state: groupState,
        members: members.filter(
          ({ memberMetadata, memberAssignment }) =>
            readsTopic(memberMetadata, topic) || readsTopic(memberAssignment, topic)
        ).length
      })),
    ...modern.map(({ groupId, groupState, members }) => ({
      group: groupId,
      state: groupState,
      members: members.filter(
        ({ subscribedTopicNames, assignment }) =>
          subscribedTopicNames.includes(topic) ||
          assignment.topicPartitions.some(({ topicName }) => topicName === topic)
      ).length
    }))
  ]
  return found.filter(({ members }) => members > 0)
}

/**
 * Whether a member's subscription or assignment names a topic. Both start alike (ConsumerProtocolSubscription and
 * ConsumerProtocolAssignment): version INT16, count INT32, then topics; a subscription has STRINGs, an assignment
 * follows each with an array of INT32. Searching for the encoded name, including its length, works for both, and for
 * all versions.
 */
function readsTopic(encoded: Buffer | null | undefined, topic: string): boolean {
  if (!encoded || encoded.length === 0) return false
  const name = Buffer.from(topic, 'utf8')
  const wanted = Buffer.alloc(2 + name.length)
  wanted.writeInt16BE(name.length)
  name.copy(wanted, 2)
  return encoded.includes(wanted)
}
