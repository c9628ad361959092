import type { UnknownReason } from '../../../../shared/contracts/common.ts'
import type { GroupVerdict } from '../../../../shared/contracts/group-health.ts'

/**
 * What was seen of one group in one partition, sweep by sweep, the oldest first. Sweeps in which one of the offsets could not
 * be read are left out, and so is everything before the log was cut or its topic made anew.
 */
export interface CommitWindow {
  length: number
  timesMs: ArrayLike<number>
  committed: ArrayLike<number>
  /** End minus what the group can read next, not held at 0: negative where the commit is beyond the end. */
  lags: ArrayLike<number>
}

/** One partition of a group as the last sweep read it. */
export interface CurrentCommit {
  committed: number | null
  logStart: number | null
  logEnd: number | null
  /** Why one of them is null. */
  reason?: UnknownReason | undefined
  /** Whether a member has it assigned; null while nobody can tell (a rebalance, members that could not be read). */
  owned: boolean | null
}

export interface Judgement {
  /** null: nothing can be said, for the reason. */
  verdict: GroupVerdict | null
  /** Number of the rule that decided, see judgeCommit. */
  rule: number
  reason?: UnknownReason
}

/** So many sweeps are looked at before a group is said to stand still or to fall behind (Burrow: 10 commits). */
export const judgedSweeps = 10

/**
 * Judges how a group does in one partition. The rules are those of Burrow
 * (github.com/linkedin/Burrow/wiki/Consumer-Lag-Evaluation-Rules; core/internal/evaluator/caching.go), the first that holds
 * decides:
 *
 *  1. nothing is committed: no verdict (a lag of -1 is no lag)
 *  2. an offset could not be read: no verdict
 *  3. ERR: the commit is below the log start: records were removed unread
 *  4. ERR: the commit is beyond the log end in two sweeps in a row: the log was cut or its topic made anew, and the group
 *     would pass over what is written next. Once is a race between two readings
 *  5. OK: nothing is unread
 *  6. REWIND: the commit is below an earlier one (Burrow 2; it ends when the group has made up for it)
 *  7. STOP: the commit has not moved for too long, records were unread all the time, and nobody has the partition (Burrow 3)
 *  8. STALL: the same, and a member has it: it is there and does not get on (Burrow 4)
 *  9. no verdict yet: fewer than 10 sweeps were seen, and the lag went down in none of them
 * 10. OK: the lag was zero in one of the last 10 sweeps (Burrow 1)
 * 11. WARN: it commits, but over its last 10 commits, three at least, the lag never went down, and has grown (Burrow 5)
 * 12. OK: it gets on
 *
 * Where they differ from Burrow's, and why:
 * - Burrow reads the time of each commit from the offsets topic. A sweep sees a commit only when its offset has moved, so
 *   that a member that commits the same offset again looks as one that commits nothing. Whether somebody has the partition
 *   tells STALL from STOP.
 * - "Too long" (7, 8) is Burrow's rule, longer than the group's last 10 commits took together, and at least 10 sweeps: a
 *   group that commits every quarter of an hour is not stopped in between, and a short restart is neither a stop nor, in
 *   11, a growing lag.
 * - Time counts from the last commit or the last sweep without lag, whichever is later: a record that arrives in a partition
 *   that has been silent for an hour does not make its group stopped (Burrow #38, #303).
 * - 9 leaves the verdict open after a start of this service, instead of OK or of a spike (Burrow #740).
 * - 11 wants the lag to have grown: one that stands at what is in flight is none (Burrow calls it WARN).
 *
 * @param window ends with the sweep that `current` is from
 */
export function judgeCommit(current: CurrentCommit, window: CommitWindow): Judgement {
  const { committed, logStart, logEnd, reason, owned } = current
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
  const commits = movesOf(window).slice(-judgedSweeps)
  if (!caughtUp && standsStill(window, commits)) {
    return owned === false ? { verdict: 'STOP', rule: 7 } : { verdict: 'STALL', rule: 8 }
  }
  if (window.length < judgedSweeps && !wentDown(window)) return { verdict: null, rule: 9, reason: 'not_measured' }
  if (caughtUp) return { verdict: 'OK', rule: 10 }
  return fallsBehind(window, commits) ? { verdict: 'WARN', rule: 11 } : { verdict: 'OK', rule: 12 }
}

/** From harmless to grave. */
const gravity: readonly GroupVerdict[] = ['OK', 'WARN', 'STALL', 'STOP', 'REWIND', 'ERR']

/** The graver, the higher; a group that could not be judged stands below one that falls behind, and above one that does well. */
export function gravityOf(verdict: GroupVerdict | null): number {
  return verdict === null ? 0.5 : gravity.indexOf(verdict)
}

/** The verdict of that name; null when there is none. */
export function verdictOf(name: string): GroupVerdict | null {
  return gravity.find((verdict) => verdict === name) ?? null
}

/**
 * A group is its worst partition; partitions without a commit do not count. One whose partitions are not all judged is not
 * called OK: the verdict is null with the reason of the first that is not.
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

/** Whether the sweep before this one saw it too. */
function wasBeyondEnd({ lags, length }: CommitWindow): boolean {
  return length >= 2 && at(lags, length - 2) < 0
}

function isRewound(current: number, { committed, lags, length }: CommitWindow): boolean {
  for (let index = 0; index < length; index++) {
    // A commit beyond the end is not one that the group came back from, but one that the log lost.
    if (at(lags, index) >= 0 && at(committed, index) > current) return true
  }
  return false
}

/** The sweeps that saw another commit than the one before. */
function movesOf({ committed, length }: CommitWindow): number[] {
  const moves: number[] = []
  for (let index = 1; index < length; index++) {
    if (at(committed, index) !== at(committed, index - 1)) moves.push(index)
  }
  return moves
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

function fallsBehind({ lags }: CommitWindow, commits: readonly number[]): boolean {
  const [first, last] = [commits[0], commits.at(-1)]
  if (commits.length < 3 || first === undefined || last === undefined || at(lags, last) <= at(lags, first)) return false
  return commits.every((index, nth) => nth === 0 || at(lags, index) >= at(lags, commits[nth - 1] ?? index))
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
