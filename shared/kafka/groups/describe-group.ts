import type { Warning } from '../../contracts/common.ts'
import { kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import { spoken } from '../connection/versions.ts'
import { classicMember, modernMember } from './members.ts'
import type { Commit, GroupDescription } from './port.ts'
import type { ListedGroup } from './read-groups.ts'

type Description = Pick<GroupDescription, 'state' | 'protocolType' | 'protocol' | 'members'>

/**
 * State and members of a group according to its coordinator; groups of the KIP-848 protocol answer to a different
 * request.
 */
export async function describeMembers(
  link: BrokerLink,
  listed: ListedGroup,
  signal: AbortSignal
): Promise<{ description: Description; warnings: Warning[] }> {
  const { groupId, groupState, protocolType } = listed
  const failed = (code: number) => {
    const error = kafkaRefusal(code, `Describing ${groupId}`)
    const warning = { code: error.code, message: error.message, target: groupId }
    return { description: { state: groupState, protocolType, protocol: null, members: null }, warnings: [warning] }
  }
  if (listed.groupType?.toLowerCase() === 'consumer') {
    const { groups } = await link.request(spoken.consumerGroupDescribe, [[groupId], false], signal)
    const group = groups[0]
    if (group === undefined || group.errorCode !== 0) return failed(group?.errorCode ?? -1)
    const { assignorName, members } = group
    const description = {
      state: group.groupState,
      protocolType,
      protocol: assignorName || null,
      members: members.map(modernMember)
    }
    return { description, warnings: [] }
  }
  const { groups } = await link.request(spoken.describeGroups, [[groupId], false], signal)
  const group = groups[0]
  if (group === undefined || group.errorCode !== 0) return failed(group?.errorCode ?? -1)
  const members = group.members.map((member) => classicMember(member, group.protocolType))
  return {
    description: {
      state: group.groupState,
      protocolType: group.protocolType,
      protocol: group.protocolData || null,
      members
    },
    warnings: []
  }
}

/** Every offset that a group has committed. */
export async function readCommits(
  link: BrokerLink,
  group: string,
  signal: AbortSignal
): Promise<{ commits: Commit[]; warnings: Warning[] }> {
  const allTopics = null
  const requireStable = false
  const response = await link.request(
    spoken.offsetFetch,
    [[{ groupId: group, memberEpoch: -1, topics: allTopics }], requireStable],
    signal
  )
  const answer = response.groups[0]
  if (answer === undefined || answer.errorCode !== 0) {
    const error = kafkaRefusal(answer?.errorCode ?? -1, `Reading the commits of ${group}`)
    return { commits: [], warnings: [{ code: error.code, message: error.message, target: group }] }
  }
  const commits = answer.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, committedOffset, metadata, errorCode }) => ({
      topic: name,
      partition: partitionIndex,
      offset: errorCode === 0 && committedOffset >= 0n ? Number(committedOffset) : null,
      metadata: metadata ?? ''
    }))
  )
  return { commits, warnings: [] }
}
