import type { Warning } from '../../contracts/common.ts'
import { kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import { describeGroups } from '../protocol/describe-groups.ts'
import { fetchOffsets } from '../protocol/offset-fetch.ts'
import { isModern, type ListedGroup } from './coordinators.ts'
import { classicGroup, modernGroup } from './members.ts'
import type { Commit, GroupDescription } from './port.ts'

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
  const { classic, modern } = await describeGroups(
    link,
    isModern(listed) ? { classic: [], modern: [groupId] } : { classic: [groupId], modern: [] },
    signal
  )
  const [group] = [...classic.map(classicGroup), ...modern.map(modernGroup)]
  if (group === undefined || group.members === null) return failed(group?.errorCode ?? -1)
  const { state, protocol, members } = group
  return {
    description: { state, protocolType: group.protocolType ?? protocolType, protocol, members },
    warnings: []
  }
}

/** Every offset that a group has committed. */
export async function readCommits(
  link: BrokerLink,
  group: string,
  signal: AbortSignal
): Promise<{ commits: Commit[]; warnings: Warning[] }> {
  const [answer] = await fetchOffsets(link, [group], signal)
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
