import type { RateSearch, TrialReason } from '#shared/contracts/load-search.ts'
import type { ResolvedSearch } from './resolve-rate.ts'

/** What the search wants to have measured next. */
export interface SearchStep {
  isSoak: boolean
  perSecond: number
  /** For which records are due. */
  seconds: number
}

export interface StepOutcome {
  /** Why it failed; null if it passed. */
  reason: TrialReason | null
  /** With everything around it. */
  tookSeconds: number
}

/** A search for the highest rate that a cluster sustains; it measures nothing itself. */
export interface RateSearchController {
  /** The same step until its outcome is reported; undefined when the search has ended. */
  next(): SearchStep | undefined
  /** @throws Error when the search has ended */
  report(outcome: StepOutcome): void
  /** What is known; `interrupted` before the end. */
  answer(): Pick<RateSearch, 'highestPass' | 'lowestFail' | 'endedBecause'>
}

export interface RateSearchOptions
  extends Pick<ResolvedSearch, 'startPerSecond' | 'maxPerSecond' | 'trialSeconds' | 'precision' | 'soakSeconds'> {
  /** Of all steps together; `trials` without the soak. */
  bounds: { trials: number; seconds: number; records: number }
}

/** More than any search needs whose cluster does not change all the time. */
export const mostTrials = 60
const leastPerSecond = 1
const soakShare = 0.9
/** So many trials of one kind decide finally: the majority of five. */
const decisive = 3

type End = Exclude<RateSearch['endedBecause'], 'interrupted'>

interface Tally {
  passed: number
  failed: number
  /** Of those that failed. */
  byClient: number
}

/**
 * The rate is doubled while trials pass, or halved while they fail, and the interval between the highest rate that passes and the
 * lowest that fails is then divided at its geometric mean until it is narrow enough.
 *
 * Adapted from MLRsearch (draft-ietf-bmwg-mlrsearch-15), whose trial is lossy where ours fails:
 * - A rate is judged by the majority of its trials, an exceed ratio of 0.5 (recommended there), and no further trial is made once the
 *   majority is certain. A failure is repeated at once: two of up to three decide.
 * - Rates on the way need fewer trials than the answer. One pass is enough to go on; the two ends of the interval need three
 *   of up to five, and where that overturns one, the search goes on from there.
 * - Where a higher rate passes and a lower one fails, the lower one counts (relevant upper bound).
 */
export function createRateSearch(options: RateSearchOptions): RateSearchController {
  const { startPerSecond, maxPerSecond, trialSeconds, precision, soakSeconds, bounds } = options
  const tallies = new Map<number, Tally>()
  const used = { trials: 0, seconds: 0, records: 0 }
  let soak: StepOutcome | undefined

  function interval() {
    const those = (verdict: Verdict) => [...tallies].filter(([_, tally]) => verdictOf(tally) === verdict)
    const fail = those('fails')
      .sort(([a], [b]) => a - b)
      .at(0)
    const pass = those('passes')
      .filter(([rate]) => fail === undefined || rate < fail[0])
      .sort(([a], [b]) => b - a)
      .at(0)
    return { pass, fail }
  }

  /** The next step, or why there is none. */
  function decide(): SearchStep | End {
    const wanted = want()
    if (typeof wanted === 'string') return wanted
    const { trials, seconds, records } = bounds
    const fits =
      (wanted.isSoak || used.trials < trials) &&
      used.seconds + wanted.seconds <= seconds &&
      used.records + wanted.perSecond * wanted.seconds <= records
    return fits ? wanted : 'outOfBounds'
  }

  function want(): SearchStep | End {
    const open = [...tallies].find(([_, tally]) => verdictOf(tally) === 'open')
    if (open) return trial(open[0])
    const { pass, fail } = interval()
    if (fail && fail[1].byClient * 2 > fail[1].failed) return 'clientLimit'
    if (!pass && !fail) return trial(startPerSecond)
    if (!pass) return fail && fail[0] > leastPerSecond ? trial(Math.max(leastPerSecond, fail[0] / 2)) : 'minimumFailed'
    if (!fail) {
      if (pass[0] < maxPerSecond) return trial(Math.min(maxPerSecond, pass[0] * 2))
      return isCertain(pass[1]) ? soaked(pass[0], 'maximumPassed') : trial(pass[0])
    }
    if (fail[0] / pass[0] > 1 + precision) return trial(rounded(Math.sqrt(pass[0] * fail[0])))
    const uncertain = [fail, pass].find(([_, tally]) => !isCertain(tally))
    return uncertain ? trial(uncertain[0]) : soaked(pass[0], 'found')
  }

  function trial(perSecond: number): SearchStep {
    return { isSoak: false, perSecond, seconds: trialSeconds }
  }

  function soaked(highestPass: number, end: End): SearchStep | End {
    if (soakSeconds === 0) return end
    if (!soak) return { isSoak: true, perSecond: rounded(highestPass * soakShare), seconds: soakSeconds }
    if (soak.reason === null) return end
    return soak.reason === 'client' ? 'clientLimit' : 'soakFailed'
  }

  return {
    next() {
      const step = decide()
      return typeof step === 'string' ? undefined : step
    },
    report(outcome) {
      const step = decide()
      if (typeof step === 'string') throw new Error(`the search has ended: ${step}`)
      used.seconds += outcome.tookSeconds
      used.records += step.perSecond * step.seconds
      if (step.isSoak) {
        soak = outcome
        return
      }
      used.trials += 1
      const { passed, failed, byClient } = tallies.get(step.perSecond) ?? { passed: 0, failed: 0, byClient: 0 }
      tallies.set(step.perSecond, {
        passed: passed + (outcome.reason === null ? 1 : 0),
        failed: failed + (outcome.reason === null ? 0 : 1),
        byClient: byClient + (outcome.reason === 'client' ? 1 : 0)
      })
    },
    answer() {
      const { pass, fail } = interval()
      const end = decide()
      return {
        highestPass: pass?.[0] ?? null,
        lowestFail: end === 'clientLimit' ? null : (fail?.[0] ?? null),
        endedBecause: typeof end === 'string' ? end : 'interrupted'
      }
    }
  }
}

type Verdict = 'passes' | 'fails' | 'open'

function verdictOf({ passed, failed }: Tally): Verdict {
  if (passed > failed) return 'passes'
  return failed > passed && failed >= 2 ? 'fails' : 'open'
}

function isCertain({ passed, failed }: Tally): boolean {
  return Math.max(passed, failed) >= decisive
}

/** Four digits are finer than any precision that can be asked for. */
function rounded(perSecond: number): number {
  return Number(perSecond.toPrecision(4))
}
