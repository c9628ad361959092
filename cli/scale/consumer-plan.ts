import type { GroupDetail } from '#shared/contracts/groups.ts'

/** What `kops scale consumers -o json` prints. */
export interface ConsumerPlan {
  action: 'scale-consumers'
  group: string
  state: string
  /** Members now; null if its coordinator did not say. */
  members: number | null
  /** Members that can have a partition: the number of partitions of its topics. */
  mostMembers: number
  /** Records; null if an offset is unknown. */
  lag: number | null
  measuredSeconds: number
  /** Records per second over that time, in all partitions of the group. */
  producedPerSec: number
  consumedPerSec: number
  /**
   * Records per second of one member: measured where the members were busy, because the group had lag all the time; given by
   * the caller; or null, which means that the group keeps up, or has no members.
   */
  perMember: { perSec: number; source: 'measured' | 'given' } | null
  /** Fewest members that consume at least what is produced; null if unknown, or if even the most do not. */
  neededToKeepUp: number | null
  /** What to expect of some numbers of members. */
  options: { members: number; drainSeconds: number | null; keepsUp: boolean }[]
  advice: string[]
}

export interface Measurement {
  before: GroupDetail
  after: GroupDetail
  seconds: number
  /** Records per second of one member, if the caller knows better. */
  perMemberPerSec?: number | undefined
  /** A number of members that the caller wants to know about. */
  wanted?: number | undefined
}

/**
 * What more or fewer members of a group would do, from two readings of its offsets. Supposes that members are alike and that
 * partitions are too: a group with one hot partition gains less. Pure.
 */
export function planConsumers({ before, after, seconds, perMemberPerSec, wanted }: Measurement): ConsumerPlan {
  const { group, state, lag, partitions } = after
  const members = after.members?.length ?? null
  const sumOf = (detail: GroupDetail, field: 'committedOffset' | 'logEndOffset') =>
    sharedPartitions(before, after, detail).reduce((sum, partition) => sum + (partition[field] ?? 0), 0)
  const rate = (field: 'committedOffset' | 'logEndOffset') =>
    Math.max(0, (sumOf(after, field) - sumOf(before, field)) / seconds)
  const producedPerSec = rate('logEndOffset')
  const consumedPerSec = rate('committedOffset')
  // A group without lag consumes what there is, and could do more.
  const wasBusy = (before.lag ?? 0) > 0 && (lag ?? 0) > 0 && consumedPerSec > 0
  const perMember: ConsumerPlan['perMember'] =
    perMemberPerSec !== undefined
      ? { perSec: perMemberPerSec, source: 'given' }
      : wasBusy && members !== null && members > 0
        ? { perSec: consumedPerSec / Math.min(members, partitions.length), source: 'measured' }
        : null
  const mostMembers = partitions.length
  const expect = (count: number): ConsumerPlan['options'][number] => {
    const capacity = (perMember?.perSec ?? 0) * Math.min(count, mostMembers)
    const spare = capacity - producedPerSec
    const drains = perMember === null || lag === null ? null : lag === 0 ? 0 : spare > 0 ? lag / spare : null
    return { members: count, drainSeconds: drains, keepsUp: capacity >= producedPerSec }
  }
  const needed = perMember === null ? null : Math.max(1, Math.ceil(producedPerSec / perMember.perSec))
  const neededToKeepUp = needed !== null && needed <= mostMembers ? needed : null
  const counts = [
    members ?? 0,
    neededToKeepUp ?? 0,
    (members ?? 0) * 2,
    Math.ceil(mostMembers / 2),
    mostMembers,
    wanted ?? 0
  ]
  const shown = perMember === null ? [] : [...new Set(counts)].filter((count) => count > 0).sort((a, b) => a - b)
  return {
    ...{ action: 'scale-consumers' as const, group, state, members, mostMembers, lag },
    ...{ measuredSeconds: seconds, producedPerSec, consumedPerSec, perMember, neededToKeepUp },
    options: shown.filter((count) => count <= mostMembers || count === wanted || count === members).map(expect),
    advice: adviceOf({ members, mostMembers, lag, perMember, needed, wanted })
  }
}

/** Partitions with offsets in both readings: one that appears in between would count with all of its records. */
function sharedPartitions(before: GroupDetail, after: GroupDetail, of: GroupDetail) {
  const keyOf = ({ topic, partition }: GroupDetail['partitions'][number]) => `${topic} ${partition}`
  const known = (detail: GroupDetail) =>
    new Set(
      detail.partitions
        .filter(({ committedOffset, logEndOffset }) => committedOffset !== null && logEndOffset !== null)
        .map(keyOf)
    )
  const [first, second] = [known(before), known(after)]
  return of.partitions.filter((partition) => first.has(keyOf(partition)) && second.has(keyOf(partition)))
}

function adviceOf({
  members,
  mostMembers,
  lag,
  perMember,
  needed,
  wanted
}: Pick<ConsumerPlan, 'members' | 'mostMembers' | 'lag' | 'perMember'> & {
  needed: number | null
  wanted: number | undefined
}): string[] {
  const most = Math.max(members ?? 0, wanted ?? 0)
  const idle =
    most > mostMembers
      ? [
          `${most} members are ${most - mostMembers} more than partitions: those get nothing (kops scale partitions adds partitions)`
        ]
      : []
  if (members === 0) return [...idle, 'It has no members, so nothing can be measured: start one, or give --per-member']
  if (perMember === null) {
    return [
      ...idle,
      lag === 0
        ? 'It keeps up: more members are needed only for more load'
        : 'It made no progress that could be measured: kops groups describe says why'
    ]
  }
  if (needed !== null && needed > mostMembers) {
    return [
      ...idle,
      `Even ${mostMembers} members, the most that can have a partition, do not keep up: ${needed} would be needed, so add partitions or make each member faster`
    ]
  }
  if (needed !== null && members !== null && needed > members)
    return [...idle, `${needed} members keep up; fewer fall behind`]
  return [...idle, 'It keeps up with what is written; more members would only shorten the time that its lag takes']
}
