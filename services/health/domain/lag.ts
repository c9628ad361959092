import type { UnknownReason } from '../../../shared/contracts/common.ts'
import type { GroupHealth } from '../../../shared/contracts/health.ts'
import type { CommittedOffset, GroupOverview, PartitionOffsets } from '../../../shared/kafka/ports.ts'

/**
 * How far consumer groups are behind, in records. Of one partition that is max(0, end - max(committed, log start)):
 * records that retention removed are nobody's lag any more, and after a leader change the end may for a moment be below a
 * commit. A group's lag is the sum over its partitions that could be read; `lagReason` says why some are missing from it,
 * and it is null when none could be read or none is committed. Commits of topics that are gone do not count.
 * @param topics names of the topics that exist
 * @param commitsComplete whether all commits could be read; if not, a group without any is unknown, not uncommitted
 */
export function evaluateGroups(
  groups: readonly GroupOverview[],
  committed: readonly CommittedOffset[],
  offsets: readonly PartitionOffsets[],
  topics: ReadonlySet<string>,
  commitsComplete: boolean
): GroupHealth[] {
  const ends = new Map(offsets.map((partition) => [placeOf(partition), partition]))
  const commits = Map.groupBy(
    committed.filter(({ topic }) => topics.has(topic)),
    ({ group }) => group
  )
  return groups.map(({ group, state, members }) => {
    const ofGroup = commits.get(group)
    if (!ofGroup && !commitsComplete) return { group, state, members, lag: null, lagReason: 'broker_unreachable' }
    return { group, state, members, ...sumLag(ofGroup ?? [], ends) }
  })
}

function sumLag(
  commits: readonly CommittedOffset[],
  ends: ReadonlyMap<string, PartitionOffsets>
): { lag: number | null; lagReason?: UnknownReason } {
  let lag: number | null = null
  let lagReason: UnknownReason | undefined
  for (const commit of commits) {
    const end = ends.get(placeOf(commit))
    const behind = partitionLag(commit, end)
    if (behind !== null) lag = (lag ?? 0) + behind
    else if (commit.reason !== 'no_commit') lagReason ??= commit.reason ?? end?.reason ?? 'partition_unavailable'
  }
  if (lag === null) lagReason ??= 'no_commit'
  return lagReason === undefined ? { lag } : { lag, lagReason }
}

/** Records between a commit and the end of its partition; null when one of the offsets is unknown. */
export function partitionLag(
  { offset }: Pick<CommittedOffset, 'offset'>,
  end: Pick<PartitionOffsets, 'logStartOffset' | 'logEndOffset'> | undefined
): number | null {
  if (offset === null || !end || end.logEndOffset === null || end.logStartOffset === null) return null
  return Math.max(0, end.logEndOffset - Math.max(offset, end.logStartOffset))
}

function placeOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`
}
