import type { GroupDetail, GroupMember, GroupPartition } from '#shared/contracts/groups.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { Commit, GroupAdmin } from '#shared/kafka/groups/port.ts'
import { comparePlaces, type PartitionOffsets, placeKey } from '#shared/kafka/model.ts'
import { sum } from '../sum.ts'
import type { ReadTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'

export interface GroupPorts {
  reader: Pick<ClusterReader, 'metadata' | 'offsets' | 'groups'>
  groups: GroupAdmin
}

/**
 * Everything about one group: members, and for each partition that it has committed or is assigned how far behind it is.
 * @throws KopsError group_not_found, coordinator_unavailable, cluster_unreachable
 */
export async function describeGroup(
  { reader, groups }: GroupPorts,
  group: string,
  { now, deadlineMs }: ReadTiming
): Promise<GroupDetail> {
  const description = await groups.describe(group, { deadlineMs })
  const { members, commits, ...rest } = description.value
  const owners = ownersOf(members ?? [])
  const topics = [...new Set([...commits.map(({ topic }) => topic), ...[...owners.values()].map(({ topic }) => topic)])]
  const offsets = await readOffsets(reader, topics, deadlineMs)
  const partitions = joinPartitions(commits, owners, offsets.value)
  return {
    ...rest,
    members,
    partitions,
    lag: sum(partitions.map(({ lag }) => lag)),
    asOf: now().toISOString(),
    warnings: distinctWarnings([...description.warnings, ...offsets.warnings])
  }
}

/** Log start and end offsets of topics by partition; missing for topics that do not exist. */
export async function readOffsets(
  reader: GroupPorts['reader'],
  topics: string[],
  deadlineMs: number
): Promise<{ value: Map<string, PartitionOffsets>; warnings: GroupDetail['warnings'] }> {
  if (topics.length === 0) return { value: new Map(), warnings: [] }
  const metadata = await reader.metadata({ topics, deadlineMs })
  const offsets = await reader.offsets(metadata.value.topics, { deadlineMs })
  return {
    value: new Map(offsets.value.map((read) => [placeKey(read.topic, read.partition), read])),
    warnings: [...metadata.warnings, ...offsets.warnings]
  }
}

interface Owner {
  topic: string
  partition: number
  memberId: string
}

function ownersOf(members: readonly GroupMember[]): Map<string, Owner> {
  const owners = members.flatMap(({ memberId, assignment }) =>
    (assignment ?? []).flatMap(({ topic, partitions }) =>
      partitions.map((partition): Owner => ({ topic, partition, memberId }))
    )
  )
  return new Map(owners.map((owner) => [placeKey(owner.topic, owner.partition), owner]))
}

/** Joins committed, assigned and log offsets by partition. */
export function joinPartitions(
  commits: readonly Commit[],
  owners: ReadonlyMap<string, Owner>,
  offsets: ReadonlyMap<string, PartitionOffsets>
): GroupPartition[] {
  const committed = new Map(commits.map((commit) => [placeKey(commit.topic, commit.partition), commit]))
  const places = new Map<string, { topic: string; partition: number }>([...committed, ...owners])
  return Array.from(places, ([key, { topic, partition }]): GroupPartition => {
    const commit = committed.get(key)
    const log = offsets.get(key)
    const { logStartOffset = null, logEndOffset = null } = log ?? {}
    const lag = lagOf(commit, log)
    return {
      topic,
      partition,
      committedOffset: commit?.offset ?? null,
      logStartOffset,
      logEndOffset,
      ...lag,
      metadata: commit?.metadata || null,
      memberId: owners.get(key)?.memberId ?? null
    }
  }).sort(comparePlaces)
}

/**
 * Records that a group can still read: excludes what retention has removed, and a commit beyond the end (the log was
 * truncated, or the end was read before the commit) does not count as a negative lag. The reason reports a commit
 * outside the log.
 */
function lagOf(
  commit: Commit | undefined,
  log: PartitionOffsets | undefined
): Pick<GroupPartition, 'lag'> & Partial<Pick<GroupPartition, 'reason'>> {
  if (commit === undefined) return { lag: null, reason: 'no_commit' }
  if (commit.offset === null) return { lag: null, reason: 'partition_unavailable' }
  if (log === undefined || log.logStartOffset === null || log.logEndOffset === null) {
    return { lag: null, reason: log?.reason ?? 'partition_unavailable' }
  }
  const lag = Math.max(0, log.logEndOffset - Math.max(commit.offset, log.logStartOffset))
  const outside = commit.offset < log.logStartOffset || commit.offset > log.logEndOffset
  return outside ? { lag, reason: 'offset_out_of_range' } : { lag }
}
