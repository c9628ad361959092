import type { UnknownReason } from '#shared/contracts/common.ts'
import type { GroupHealth, GroupHealthSummary, GroupPartitionHealth } from '#shared/contracts/group-health.ts'
import type { CommittedOffset, GroupMemberReading, GroupReading } from '#shared/kafka/groups/port.ts'
import type { PartitionOffsets } from '#shared/kafka/model.ts'
import type { ClusterReadings } from '../readings.ts'
import type { GroupHistory } from './history.ts'
import { partitionLag, sumLag } from './lag.ts'
import { lagSeconds } from './lag-seconds.ts'
import { byPlace, createPlaceMap, type PlaceMap } from './place-map.ts'
import { retentionRisk } from './retention.ts'
import { judgeCommit, worstOf } from './verdict.ts'

/** The full judgement of a group: its summary for lists, and its partitions in no particular order. */
export interface JudgedGroup extends GroupHealthSummary {
  partitions: GroupPartitionHealth[]
}

export type JudgedReadings = Pick<
  ClusterReadings,
  'metadata' | 'groups' | 'committed' | 'offsets' | 'errors' | 'parts' | 'asOf'
>

/** The part of a history that judging needs. */
export type Past = Pick<GroupHistory, 'recordedAtMs' | 'windows' | 'recordTime'>

type Commit = Pick<CommittedOffset, 'topic' | 'partition' | 'offset' | 'reason'>

/**
 * Judges every group of one reading, including groups without members. Ignores commits for topics that do not exist,
 * which the coordinator removes a little later. Pure, except that the history caches record times.
 * @param history has recorded the sweep of these readings
 */
export function judgeGroups(readings: JudgedReadings, history: Past): JudgedGroup[] {
  const topics = new Set(readings.metadata?.topics.map(({ name }) => name))
  const logs = byPlace(readings.offsets)
  const commits = Map.groupBy(readings.committed, ({ group }) => group)
  const now = history.recordedAtMs ?? readings.asOf.getTime()
  return (readings.groups ?? []).map((group) => {
    const owners = ownersOf(group)
    const judge = (commit: Commit, owner: GroupMemberReading | undefined) =>
      judgePartition(group, commit, owner, logs.get(commit.topic, commit.partition), history, now)
    const partitions: GroupPartitionHealth[] = []
    const ofGroup = commits.get(group.group)
    for (const commit of ofGroup ?? []) {
      if (topics.has(commit.topic)) partitions.push(judge(commit, owners.get(commit.topic, commit.partition)?.owner))
      owners.delete(commit.topic, commit.partition)
    }
    for (const { topic, partition, owner } of owners.values()) {
      if (topics.has(topic)) partitions.push(judge({ topic, partition, offset: null, reason: 'no_commit' }, owner))
    }
    const unread = ofGroup === undefined && readings.errors.has('commits')
    return { ...summarize(group, partitions, unread), partitions }
  })
}

/** The part of a group that `GET /api/health` shows. */
export function toGroupHealth({
  partitions: _partitions,
  retentionMarginRecords: _margin,
  retentionLossSeconds: _loss,
  ...health
}: JudgedGroup): GroupHealth {
  return health
}

/** @param owner the member that has it */
function judgePartition(
  group: GroupReading,
  { topic, partition, offset, reason }: Commit,
  owner: GroupMemberReading | undefined,
  log: PartitionOffsets | undefined,
  history: Past,
  now: number
): GroupPartitionHealth {
  const { logStartOffset = null, logEndOffset = null } = log ?? {}
  const lag = partitionLag({ offset }, log)
  const judged: GroupPartitionHealth = {
    topic,
    partition,
    committedOffset: offset,
    logStartOffset,
    logEndOffset,
    lag,
    lagSeconds: null,
    lagSecondsMethod: null,
    verdict: null,
    verdictRule: 2,
    memberId: owner?.memberId ?? null,
    clientId: owner?.clientId ?? null,
    host: owner?.host ?? null,
    retentionMarginRecords: null,
    retentionLossSeconds: null
  }
  // Without unread records there is no need to look at the history: that is most partitions, in most sweeps.
  const settled = lag === null || (lag === 0 && logEndOffset === offset)
  const windows = settled ? noWindows : history.windows(group.group, topic, partition)
  const judgement = judgeCommit(
    {
      committed: offset,
      logStart: logStartOffset,
      logEnd: logEndOffset,
      reason: offset === null ? reason : log?.reason,
      owned: owner ? true : isSettled(group) ? false : null,
      deserted: group.members === 0 && isSettled(group)
    },
    windows.commits,
    windows.ends
  )
  judged.verdict = judgement.verdict
  judged.verdictRule = judgement.rule
  if (judgement.reason !== undefined) judged.verdictReason = judgement.reason
  if (offset === null || logStartOffset === null || logEndOffset === null) {
    judged.lagReason = judgement.reason ?? 'partition_unavailable'
    judged.lagSecondsReason = judged.lagReason
    return judged
  }
  const next = Math.max(offset, logStartOffset)
  const behind = lagSeconds(next, logEndOffset, windows.ends, now, () => history.recordTime(topic, partition, next))
  judged.lagSeconds = behind.seconds
  judged.lagSecondsMethod = behind.method
  if (behind.seconds === null) judged.lagSecondsReason = behind.reason
  const risk = retentionRisk(offset, { logStart: logStartOffset, logEnd: logEndOffset }, windows.retention)
  judged.retentionMarginRecords = risk.marginRecords
  judged.retentionLossSeconds = risk.lossSeconds
  return judged
}

const noWindow = { length: 0, timesMs: [], committed: [], lags: [], ends: [], starts: [] }
const noWindows = { commits: noWindow, ends: noWindow, retention: noWindow }

const settledStates = new Set(['Stable', 'Empty', 'Dead'])

/** While a group rebalances nobody owns its partitions, which means nothing. */
function isSettled({ memberList, state }: GroupReading): boolean {
  return memberList !== null && settledStates.has(state)
}

function ownersOf({
  memberList
}: GroupReading): PlaceMap<{ topic: string; partition: number; owner: GroupMemberReading }> {
  const owners = createPlaceMap<{ topic: string; partition: number; owner: GroupMemberReading }>()
  for (const owner of memberList ?? []) {
    for (const { topic, partitions } of owner.assignment) {
      for (const partition of partitions) owners.set(topic, partition, { topic, partition, owner })
    }
  }
  return owners
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
  const { verdict, reason } = worstOf(partitions)
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

/** The worst partition among the known ones; the reason explains why others are unknown. */
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
