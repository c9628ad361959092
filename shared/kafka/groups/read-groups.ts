import type { offsetFetchV8 } from '@platformatic/kafka'
import type { Warning } from '../../contracts/common.ts'
import type { GroupMember } from '../../contracts/groups.ts'
import { kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import { describeGroups } from '../protocol/describe-groups.ts'
import { fetchOffsets } from '../protocol/offset-fetch.ts'
import type { ListedGroup } from './coordinators.ts'
import { classicGroup, type DescribedGroup, modernGroup } from './members.ts'
import type { CommittedOffset, GroupReading } from './port.ts'

/**
 * The groups of one coordinator with their members and assignments. Uses the state from the listing: DescribeGroups
 * calls a group of the KIP-848 protocol dead, which only ConsumerGroupDescribe knows. Lists but does not describe other
 * kinds of groups (share groups, streams). An empty group has no members to describe.
 */
export async function readGroups(
  link: BrokerLink,
  listed: readonly ListedGroup[],
  signal: AbortSignal
): Promise<GroupReading[]> {
  const isEmpty = ({ groupState }: ListedGroup) => groupState === 'Empty'
  const described = await askForMembers(
    link,
    listed.filter((group) => !isEmpty(group)),
    signal
  )
  return listed.map((group) =>
    withMembers(group, isEmpty(group) ? [] : (described.get(group.groupId)?.members ?? null))
  )
}

/** The current state of groups listed earlier. Leaves out those that are gone, or have another coordinator. */
export async function describeAgain(
  link: BrokerLink,
  listed: readonly ListedGroup[],
  signal: AbortSignal
): Promise<GroupReading[]> {
  const described = await askForMembers(link, listed, signal)
  return listed.flatMap((group) => {
    const { state, members = null } = described.get(group.groupId) ?? {}
    return state === undefined || state === 'Dead' || members === null
      ? []
      : [withMembers({ ...group, groupState: state }, members)]
  })
}

/** @returns by group */
async function askForMembers(
  link: BrokerLink,
  listed: readonly ListedGroup[],
  signal: AbortSignal
): Promise<Map<string, DescribedGroup>> {
  const idsOf = (...types: string[]) =>
    listed.filter(({ groupType = '' }) => types.includes(groupType.toLowerCase())).map(({ groupId }) => groupId)
  const { classic, modern } = await describeGroups(
    link,
    { classic: idsOf('', 'classic'), modern: idsOf('consumer') },
    signal
  )
  const described = [...classic.map(classicGroup), ...modern.map(modernGroup)]
  return new Map(described.map((group) => [group.groupId, group]))
}

function withMembers(group: ListedGroup, members: GroupMember[] | null): GroupReading {
  if (members === null) return overview(group, null)
  const memberList = members.map(({ memberId, clientId, host, assignment }) => ({
    memberId,
    clientId,
    host,
    assignment: assignment ?? []
  }))
  return { ...overview(group, members.length), memberList }
}

/** A group that its coordinator listed but could not describe. */
export function overview({ groupId, groupState, protocolType }: ListedGroup, members: number | null): GroupReading {
  return { group: groupId, state: groupState, protocolType, members, memberList: null }
}

/** All committed offsets of groups with the same coordinator; a group that it refuses to report becomes a warning. */
export async function fetchCommitted(
  link: BrokerLink,
  groups: readonly string[],
  signal: AbortSignal
): Promise<{ committed: CommittedOffset[]; warnings: Warning[] }> {
  const warnings: Warning[] = []
  const committed: CommittedOffset[] = []
  for (const group of await fetchOffsets(link, groups, signal)) {
    if (group.errorCode === 0) addCommitted(committed, group)
    else {
      const { code, message } = kafkaRefusal(group.errorCode, `Reading the commits of ${group.groupId}`)
      warnings.push({ code, message, target: group.groupId })
    }
  }
  return { committed, warnings }
}

function addCommitted(
  committed: CommittedOffset[],
  { groupId: group, topics }: offsetFetchV8.OffsetFetchResponseGroup
): void {
  for (const { name: topic, partitions } of topics) {
    for (const { partitionIndex: partition, committedOffset, errorCode } of partitions) {
      if (errorCode !== 0) committed.push({ group, topic, partition, offset: null, reason: 'partition_unavailable' })
      // The protocol uses -1 for a partition without a commit.
      else if (committedOffset < 0n) committed.push({ group, topic, partition, offset: null, reason: 'no_commit' })
      else committed.push({ group, topic, partition, offset: Number(committedOffset) })
    }
  }
}
