import type { UnknownReason } from '../../../../shared/contracts/common.ts'
import type {
  GroupHealth,
  GroupHealthSummary,
  GroupPartitionHealth
} from '../../../../shared/contracts/group-health.ts'
import { placeKey } from '../../../../shared/kafka/groups-port.ts'
import type {
  CommittedOffset,
  GroupMemberReading,
  GroupReading,
  PartitionOffsets
} from '../../../../shared/kafka/ports.ts'
import type { ClusterReadings } from '../readings.ts'
import type { GroupHistory } from './history.ts'
import { nextOffset, partitionLag, sumLag } from './lag.ts'
import { type LagSeconds, lagSeconds } from './lag-seconds.ts'
import { type RetentionRisk, retentionRisk } from './retention.ts'
import { judgeCommit, worstOf } from './verdict.ts'

/** Everything that is said of one group: the summary of the lists, and its partitions by topic and number. */
export interface JudgedGroup extends GroupHealthSummary {
  partitions: GroupPartitionHealth[]
}

export type JudgedReadings = Pick<
  ClusterReadings,
  'metadata' | 'groups' | 'committed' | 'offsets' | 'errors' | 'parts' | 'asOf'
>

type Commit = Pick<CommittedOffset, 'topic' | 'partition' | 'offset' | 'reason'>

/** What a group has to do with one partition. */
interface Place extends Commit {
  owner: GroupMemberReading | null
  owned: boolean | null
}

/**
 * Judges every group of one reading, groups without members included. Commits of topics that do not exist do not count: the
 * coordinator forgets them a little later. Pure but for what the history remembers of record times.
 * @param history has recorded the sweep that these readings are from
 */
export function judgeGroups(readings: JudgedReadings, history: GroupHistory): JudgedGroup[] {
  const topics = new Set(readings.metadata?.topics.map(({ name }) => name))
  const logs = new Map(readings.offsets.map((log) => [placeKey(log.topic, log.partition), log]))
  const commits = Map.groupBy(
    readings.committed.filter(({ topic }) => topics.has(topic)),
    ({ group }) => group
  )
  const now = history.recordedAtMs ?? readings.asOf.getTime()
  return (readings.groups ?? []).map((group) => {
    const ofGroup = commits.get(group.group)
    const places = placesOf(group, ofGroup ?? [], topics)
    const partitions = places.map((place) =>
      judgePartition(group.group, place, logs.get(placeKey(place.topic, place.partition)), history, now)
    )
    const unread = ofGroup === undefined && readings.errors.has('commits')
    return { ...summarize(group, partitions, unread), partitions }
  })
}

/** What `GET /api/health` tells of a group. */
export function toGroupHealth({
  partitions: _partitions,
  retentionMarginRecords: _margin,
  retentionLossSeconds: _loss,
  ...health
}: JudgedGroup): GroupHealth {
  return health
}

function judgePartition(
  group: string,
  { topic, partition, offset, reason, owner, owned }: Place,
  log: PartitionOffsets | undefined,
  history: GroupHistory,
  now: number
): GroupPartitionHealth {
  const { logStartOffset = null, logEndOffset = null } = log ?? {}
  const lag = partitionLag({ offset }, log)
  const current = {
    committed: offset,
    logStart: logStartOffset,
    logEnd: logEndOffset,
    reason: offset === null ? reason : log?.reason,
    owned
  }
  // Nothing of the past is asked for where nothing is unread: most partitions, in most sweeps.
  const settled = lag === null || (lag === 0 && logEndOffset === offset)
  const windows = settled ? noWindows : history.windows(group, topic, partition)
  const judgement = judgeCommit(current, windows.commits)
  const unknown: UnknownReason = judgement.reason ?? 'partition_unavailable'
  let behind: LagSeconds = { seconds: null, method: null, reason: unknown }
  let retention: RetentionRisk | null = null
  if (offset !== null && logStartOffset !== null && logEndOffset !== null) {
    const next = nextOffset({ offset }, { logStartOffset }) ?? offset
    const stamp = lag === 0 ? null : history.recordTime(topic, partition, next)
    behind = lagSeconds(next, logEndOffset, windows.ends, now, stamp)
    retention = retentionRisk(offset, { logStart: logStartOffset, logEnd: logEndOffset }, windows.retention)
  }
  return {
    topic,
    partition,
    committedOffset: offset,
    logStartOffset,
    logEndOffset,
    lag,
    ...(lag === null ? { lagReason: unknown } : {}),
    lagSeconds: behind.seconds,
    lagSecondsMethod: behind.method,
    ...(behind.seconds === null ? { lagSecondsReason: behind.reason } : {}),
    verdict: judgement.verdict,
    verdictRule: judgement.rule,
    ...(judgement.reason === undefined ? {} : { verdictReason: judgement.reason }),
    memberId: owner?.memberId ?? null,
    clientId: owner?.clientId ?? null,
    host: owner?.host ?? null,
    retentionMarginRecords: retention?.marginRecords ?? null,
    retentionLossSeconds: retention?.lossSeconds ?? null
  }
}

const noWindow = { length: 0, timesMs: [], committed: [], lags: [], ends: [], starts: [] }
const noWindows = { commits: noWindow, ends: noWindow, retention: noWindow }

/** The partitions that a group has committed or that one of its members has, of topics that exist. */
function placesOf(group: GroupReading, commits: readonly Commit[], topics: ReadonlySet<string>): Place[] {
  const owners = new Map<string, { topic: string; partition: number; owner: GroupMemberReading }>()
  for (const owner of group.memberList ?? []) {
    for (const { topic, partitions } of owner.assignment) {
      if (!topics.has(topic)) continue
      for (const partition of partitions) owners.set(placeKey(topic, partition), { topic, partition, owner })
    }
  }
  // While a group rebalances nobody has anything, and that says nothing.
  const settled = group.memberList !== null && settledStates.has(group.state)
  const places = commits.map((commit): Place => {
    const key = placeKey(commit.topic, commit.partition)
    const owner = owners.get(key)?.owner ?? null
    owners.delete(key)
    return { ...commit, owner, owned: owner !== null ? true : settled ? false : null }
  })
  for (const { topic, partition, owner } of owners.values()) {
    places.push({ topic, partition, offset: null, reason: 'no_commit', owner, owned: true })
  }
  return places.sort(byPlace)
}

const settledStates = new Set(['Stable', 'Empty', 'Dead'])

function byPlace(a: Commit, b: Commit): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}

/** @param unread whether the group's commits are missing because they could not be read */
function summarize(
  { group, state, members }: GroupReading,
  partitions: readonly GroupPartitionHealth[],
  unread: boolean
): GroupHealthSummary {
  const nothing = { retentionMarginRecords: null, retentionLossSeconds: null }
  if (unread) {
    const reason = 'broker_unreachable'
    return {
      group,
      state,
      members,
      ...{ lag: null, lagReason: reason, lagSeconds: null, lagSecondsReason: reason },
      ...{ verdict: null, verdictReason: reason },
      ...nothing
    }
  }
  const { verdict, reason } = worstOf(
    partitions.map((judged) => ({
      verdict: judged.verdict,
      rule: judged.verdictRule,
      ...(judged.verdictReason === undefined ? {} : { reason: judged.verdictReason })
    }))
  )
  return {
    group,
    state,
    members,
    ...sumLag(partitions),
    ...worstSeconds(partitions),
    verdict,
    ...(reason === undefined ? {} : { verdictReason: reason }),
    retentionMarginRecords: least(partitions.map(({ retentionMarginRecords }) => retentionMarginRecords)),
    retentionLossSeconds: least(partitions.map(({ retentionLossSeconds }) => retentionLossSeconds))
  }
}

/** The worst partition of those that are known; the reason says why others are not. */
function worstSeconds(
  partitions: readonly GroupPartitionHealth[]
): Pick<GroupHealthSummary, 'lagSeconds' | 'lagSecondsReason'> {
  let worst: number | null = null
  let reason: UnknownReason | undefined
  for (const { lagSeconds: seconds, lagSecondsReason } of partitions) {
    if (seconds !== null) worst = Math.max(worst ?? 0, seconds)
    else if (lagSecondsReason !== 'no_commit') reason ??= lagSecondsReason
  }
  if (worst === null) reason ??= 'no_commit'
  return { lagSeconds: worst, ...(reason === undefined ? {} : { lagSecondsReason: reason }) }
}

function least(values: readonly (number | null)[]): number | null {
  let least: number | null = null
  for (const value of values) if (value !== null && (least === null || value < least)) least = value
  return least
}
