import { offsetCommitV8 } from '@platformatic/kafka'
import { kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import { spoken } from '../connection/versions.ts'
import type { ListedGroup } from '../groups/read-groups.ts'
import type { TopicMembers } from './port.ts'

const noGeneration = -1
const noMember = ''
const noEpoch = -1
const consumerProtocol = 'consumer'

/**
 * Of the groups that one broker coordinates, those with members that are assigned partitions of a topic or subscribe to
 * it. A group that is rebalancing has no assignment, and its subscription tells.
 */
export async function readTopicMembers(
  link: BrokerLink,
  listed: readonly ListedGroup[],
  topic: string,
  signal: AbortSignal
): Promise<TopicMembers[]> {
  const occupied = listed.filter(({ groupState }) => groupState !== 'Empty' && groupState !== 'Dead')
  const isNew = (group: ListedGroup) => group.groupType?.toLowerCase() === 'consumer'
  const ids = (groups: ListedGroup[]) => groups.map(({ groupId }) => groupId)
  const [classic, modern] = [occupied.filter((group) => !isNew(group)), occupied.filter(isNew)]
  const [classicGroups, modernGroups] = await Promise.all([
    classic.length === 0
      ? []
      : link.request(spoken.describeGroups, [ids(classic), false], signal).then(({ groups }) => groups),
    modern.length === 0
      ? []
      : link.request(spoken.consumerGroupDescribe, [ids(modern), false], signal).then(({ groups }) => groups)
  ])
  const found = [
    ...classicGroups
      .filter(({ protocolType }) => protocolType === consumerProtocol)
      .map(({ groupId, groupState, members }) => ({
        group: groupId,
        state: groupState,
        members: members.filter(
          ({ memberMetadata, memberAssignment }) =>
            readsTopic(memberMetadata, topic) || readsTopic(memberAssignment, topic)
        ).length
      })),
    ...modernGroups.map(({ groupId, groupState, members }) => ({
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
 * Whether a member's subscription or assignment names a topic. Both begin alike (ConsumerProtocolSubscription and
 * ConsumerProtocolAssignment): version INT16, count INT32, then topics; a subscription's are STRINGs, an assignment's are
 * each followed by an array of INT32. Looking for the encoded name, length and all, serves both, and all versions.
 */
export function readsTopic(encoded: Buffer | null | undefined, topic: string): boolean {
  if (!encoded || encoded.length === 0) return false
  const name = Buffer.from(topic, 'utf8')
  const wanted = Buffer.alloc(2 + name.length)
  wanted.writeInt16BE(name.length)
  name.copy(wanted, 2)
  return encoded.includes(wanted)
}

/** @throws KopsError kafka_refused (UNKNOWN_MEMBER_ID: the group has members), coordinator_unavailable */
export async function commitOffsets(
  link: BrokerLink,
  group: string,
  topic: string,
  offsets: ReadonlyMap<number, number>,
  signal: AbortSignal
): Promise<void> {
  const partitions = Array.from(offsets, ([partitionIndex, offset]) => ({
    partitionIndex,
    committedOffset: BigInt(offset),
    committedLeaderEpoch: noEpoch,
    committedMetadata: ''
  }))
  const response = await link.request(
    [offsetCommitV8.api],
    [group, noGeneration, noMember, null, [{ name: topic, partitions }]],
    signal
  )
  const failed = response.topics.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== 0)
  if (failed) throw kafkaRefusal(failed.errorCode, `Committing offsets of ${group}`)
}
