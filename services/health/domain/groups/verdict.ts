import type { UnknownReason } from '#shared/contracts/common.ts'
import type { GroupVerdict } from '#shared/contracts/group-health.ts'
import { type EndWindow, interpolate } from './lag-seconds.ts'

/**
 * The readings of one group in one partition, sweep by sweep, oldest first. Excludes sweeps in which an offset could
 * not be read, and everything before the log was truncated or its topic recreated.
 */
export interface CommitWindow {
  length: number
  timesMs: ArrayLike<number>
  committed: ArrayLike<number>
  /** End minus the group's next offset, not clamped: negative if the commit is beyond the end. */
  lags: ArrayLike<number>
  /** Earlier sweeps did not see a commit: the first of these is its first. */
  appeared?: boolean
}

/** One partition of a group in the last sweep. */
export interface CurrentCommit {
  committed: number | null
  logStart: number | null
  logEnd: number | null
  /** Why one of them is null. */
  reason?: UnknownReason | undefined
  /** Whether a member owns it; null while unknown (a rebalance, or members that could not be read). */
  owned: boolean | null
  /** The group has no member at all. */
  deserted?: boolean
}

export interface Judgement {
  /** null: nothing can be said, for the reason. */
  verdict: GroupVerdict | null
  /** Number of the rule that decided, see judgeCommit. */
  rule: number
  reason?: UnknownReason
}

/** Number of sweeps before a group counts as stopped or falling behind (Burrow: 10 commits). */
export const judgedSweeps = 10
/** A group without members that had unread records for so long has stopped; a restart of a consumer takes less. */
const desertedMs = 45_000
/** And this multiple of the longest time between two earlier commits. */
const desertedFactor = 1.25
/** Time span needed to judge whether a lag is growing. */
const trendMs = 45_000
/** Commits of the last minute count, however many they are. */
const recentMs = 60_000
/** A group that is less than this behind does not fall behind: that is how far some are that keep up. */
const leastBehindSeconds = 10
/** Minimum growth of a lag in seconds: higher if there are few commits. */
const leastGrowthSeconds = { few: 5, many: 1 }
/** Minimum growth of a lag without known timestamps. */
const leastGrowthFactor = 1.1

/**
 * Judges a group in one partition. The rules follow Burrow
 * (github.com/linkedin/Burrow/wiki/Consumer-Lag-Evaluation-Rules; core/internal/evaluator/caching.go); the first that
 * matches decides:
 *
 * | 1. there is no commit: no verdict (a lag of -1 is not a lag)
 * 2. an offset could not be read: no verdict
 * 3. ERR: the commit is below the log start: records were removed unread
 * 4. ERR: the commit is beyond the log end in two consecutive sweeps: the log was truncated or its topic recreated, and
 *    the group would skip new records. A single time is a race between two readings
 * 5. OK: nothing is unread
 * 6. REWIND: the commit is below an earlier one (Burrow 2; it ends when the group has caught up again)
 * 7. STOP: the commit has not moved for too long, records were unread all the time, and no member owns the partition
 *    (Burrow 3)
 * 8. STALL: the same, but a member owns it and makes no progress (Burrow 4)
 * 9. no verdict yet: there are fewer than 10 sweeps, the lag went down in none of them, and no trend is known
 * 10. OK: the lag was zero in one of the last 10 sweeps (Burrow 1)
 * 11. WARN: it commits, but over its last 10 commits the lag never went down, and grew (Burrow 5); three sweeps that
 *     span 45 s suffice. It is at least 10 s behind, and further behind in time than before
 * 12. OK: it makes progress
 *
 * Differences from Burrow, and the reasons:
 * - Burrow reads the time of each commit from the offsets topic. A sweep notices a commit only if its offset has moved,
 *   so a member that commits the same offset again looks like one that does not commit. Whether a member owns the
 *   partition distinguishes STALL from STOP.
 * - "Too long" (7, 8) is Burrow's rule, longer than the group's last 10 commits took together, and at least 10 sweeps:
 *   a group that commits every quarter of an hour is not stopped in between, and a short restart is neither a stop nor,
 *   in 11, a growing lag.
 * - A group without any member (7) counts as stopped earlier: after 45 s, and 1.25 times the longest that it let
 *   records wait before one of its last 10 commits. That needs two commits: the pace of a job that runs now and then,
 *   without members in between, must be known.
 * - Time counts from the last commit or the last sweep without lag, whichever is later: a record that arrives in a
 *   partition after an idle hour does not make its group stopped (Burrow #38, #303).
 * - 9 leaves the verdict open after a start of this service, instead of reporting OK or reacting to a spike (Burrow
 *   #740).
 * - 11 also requires the lag to have grown in time: a steady lag that equals what is in flight does not count (Burrow
 *   calls it WARN), and the lag of a group that commits every few seconds goes up and down with what is written in
 *   between.
 *
 * | @param window ends with the sweep of `current`
 * @param ends of the same partition: they date the next records of the group
 */
export function judgeCommit(current: CurrentCommit, window: CommitWindow, ends: EndWindow): Judgement {
  const { committed, logStart, logEnd, reason, owned, deserted = false } = current
  if (committed === null) {
    const unread = reason !== undefined && reason !== 'no_commit'
    return { verdict: null, rule: unread ? 2 : 1, reason: reason ?? 'no_commit' }
  }
  if (logStart === null || logEnd === null) return { verdict: null, rule: 2, reason: reason ?? 'partition_unavailable' }
  if (committed < logStart) return { verdict: 'ERR', rule: 3, reason: 'offset_out_of_range' }
  if (committed > logEnd && wasBeyondEnd(window)) return { verdict: 'ERR', rule: 4, reason: 'offset_out_of_range' }
  if (committed >= logEnd) return { verdict: 'OK', rule: 5 }
  if (isRewound(committed, window)) return { verdict: 'REWIND', rule: 6 }
  const recent = Math.max(0, window.length - judgedSweeps)
  const caughtUp = wasZero(window, recent)
  const moves = movesOf(window)
  const commits = moves.slice(-judgedSweeps)
  if (deserted && hasStopped(window, commits)) return { verdict: 'STOP', rule: 7 }
  if (!caughtUp && standsStill(window, commits)) {
    return owned === false ? { verdict: 'STOP', rule: 7 } : { verdict: 'STALL', rule: 8 }
  }
  const trend = trendOf(window, moves)
  if (window.length < judgedSweeps && !wentDown(window) && trend === null) {
    return { verdict: null, rule: 9, reason: 'not_measured' }
  }
  if (caughtUp) return { verdict: 'OK', rule: 10 }
  return trend && fallsBehind(window, trend, ends) ? { verdict: 'WARN', rule: 11 } : { verdict: 'OK', rule: 12 }
}

/** From harmless to grave. */
const gravity: readonly GroupVerdict[] = ['OK', 'WARN', 'STALL', 'STOP', 'REWIND', 'ERR']

/**
 * Higher is more severe; a group that could not be judged ranks below one that falls behind, and above a healthy one.
 */
export function gravityOf(verdict: GroupVerdict | null): number {
  return verdict === null ? 0.5 : gravity.indexOf(verdict)
}

/** The verdict of that name; null when there is none. */
export function verdictOf(name: string): GroupVerdict | null {
  return gravity.find((verdict) => verdict === name) ?? null
}

/**
 * A group has the verdict of its worst partition; partitions without a commit do not count. If some partitions are not
 * judged, the group is not called OK: its verdict is null, with the reason of the first unjudged one.
 */
export function worstOf(
  partitions: readonly { verdict: GroupVerdict | null; verdictRule: number; verdictReason?: UnknownReason }[]
): Pick<Judgement, 'verdict' | 'reason'> {
  let worst = -1
  let reason: UnknownReason | undefined
  for (const { verdict, verdictRule, verdictReason } of partitions) {
    if (verdict !== null) worst = Math.max(worst, gravity.indexOf(verdict))
    else if (verdictRule !== 1) reason ??= verdictReason
  }
  const verdict = gravity[worst]
  if (verdict === undefined) return { verdict: null, reason: reason ?? 'no_commit' }
  if (verdict === 'OK' && reason !== undefined) return { verdict: null, reason }
  return { verdict }
}

/** Whether the previous sweep observed it too. */
function wasBeyondEnd({ lags, length }: CommitWindow): boolean {
  return length >= 2 && at(lags, length - 2) < 0
}

function isRewound(current: number, { committed, lags, length }: CommitWindow): boolean {
  for (let index = 0; index < length; index++) {
    // A commit beyond the end is not a rewind: the log lost records.
    if (at(lags, index) >= 0 && at(committed, index) > current) return true
  }
  return false
}

/** The sweeps that saw another commit than the one before, or the first of all. */
function movesOf({ committed, length, appeared }: CommitWindow): number[] {
  const moves: number[] = appeared && length > 0 ? [0] : []
  for (let index = 1; index < length; index++) {
    if (at(committed, index) !== at(committed, index - 1)) moves.push(index)
  }
  return moves
}

/** For a group without members: whether its records have waited longer than it ever let them wait before. */
function hasStopped({ timesMs, lags, length }: CommitWindow, commits: readonly number[]): boolean {
  const lastCommit = commits.at(-1)
  if (commits.length < 2 || lastCommit === undefined) return false
  /** When the records began to wait that were unread in a sweep: at the commit before, or at the sweep after one without lag. */
  const waitsSince = (index: number, from: number) => {
    let since = from
    for (let nth = from; nth < index; nth++) if (at(lags, nth) <= 0) since = nth + 1
    return at(timesMs, since)
  }
  const longest = Math.max(
    0,
    ...commits.map((index, nth) => at(timesMs, index) - waitsSince(index, nth === 0 ? 0 : (commits[nth - 1] ?? 0)))
  )
  const now = length - 1
  return at(timesMs, now) - waitsSince(now, lastCommit) >= Math.max(desertedMs, desertedFactor * longest)
}

function standsStill({ timesMs, lags, length }: CommitWindow, commits: readonly number[]): boolean {
  if (length < judgedSweeps) return false
  const [firstCommit = 0, lastCommit = 0] = [commits[0], commits.at(-1)]
  let since = lastCommit
  for (let index = since + 1; index < length; index++) if (at(lags, index) <= 0) since = index
  const stillMs = at(timesMs, length - 1) - at(timesMs, since)
  const rhythmMs = at(timesMs, lastCommit) - at(timesMs, firstCommit)
  return since <= length - judgedSweeps && stillMs > rhythmMs
}

/**
 * The sweeps between which to compare a lag: those of the last 10 commits, or all of the last minute, and the state
 * before the first of them. Null if they are too few or too close together to be meaningful.
 */
function trendOf({ timesMs, lags, length }: CommitWindow, moves: readonly number[]): number[] | null {
  const now = at(timesMs, length - 1)
  const tenth = moves.at(-judgedSweeps) ?? 0
  const points = moves.filter((index) => index >= tenth || now - at(timesMs, index) <= recentMs)
  if (points.length < judgedSweeps && points[0] !== 0) points.unshift(0)
  // Before the log was cut the lag was another one.
  const cut = points.findLastIndex((index) => at(lags, index) < 0)
  const [first, last] = [points[cut + 1], points.at(-1)]
  if (first === undefined || last === undefined || points.length - cut - 1 < 3) return null
  return at(timesMs, last) - at(timesMs, first) < trendMs ? null : points.slice(cut + 1)
}

function fallsBehind({ timesMs, committed, lags }: CommitWindow, trend: readonly number[], ends: EndWindow): boolean {
  const [first = 0, last = 0] = [trend[0], trend.at(-1)]
  if (at(lags, last) <= at(lags, first)) return false
  if (trend.some((index, nth) => nth > 0 && at(lags, index) < at(lags, trend[nth - 1] ?? index))) return false
  const behind = trend.map((index) => {
    const writtenMs = interpolate(at(committed, index), ends)
    return writtenMs === null ? null : (at(timesMs, index) - writtenMs) / 1000
  })
  const after = behind.pop() ?? null
  if (after !== null && after < leastBehindSeconds) return false
  const before = behind.find((seconds) => seconds !== null) ?? null
  // Records that are older than the window have no time in it.
  if (after === null || before === null) return at(lags, last) >= leastGrowthFactor * at(lags, first)
  return after - before >= (trend.length < judgedSweeps ? leastGrowthSeconds.few : leastGrowthSeconds.many)
}

function wasZero({ lags, length }: CommitWindow, from: number): boolean {
  for (let index = from; index < length; index++) if (at(lags, index) <= 0) return true
  return false
}

function wentDown({ lags, length }: CommitWindow): boolean {
  for (let index = 1; index < length; index++) if (at(lags, index) < at(lags, index - 1)) return true
  return false
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN
}
