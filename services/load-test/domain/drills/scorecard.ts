import type { Clock } from '#shared/clock.ts'
import type {
  RepeatedDrill,
  Scorecard,
  ScorecardCell,
  ScorecardConfiguration
} from '#shared/contracts/drill-scorecard.ts'
import type { Drill } from '#shared/contracts/drills.ts'
import type { Fingerprint } from '#shared/contracts/load-environment.ts'
import type { JobRunner } from '#shared/jobs/runner.ts'
import { type Parts, partDifferences } from '../load/fingerprint.ts'
import type { ReadConfiguration } from './configuration.ts'

type Result = ScorecardCell['last']['result']
type Verdict = NonNullable<Drill['verdict']>

/** A drill that ended with a verdict on the cluster. */
interface Judged {
  drill: Drill
  verdict: Verdict
  result: Result
  finishedAt: string
  fingerprint: Fingerprint | null
}

export interface ScorecardInput {
  /** The newest first. */
  drills: readonly Drill[]
  /** The configuration of the cluster as it is now, without a topic; what could not be read is null. */
  current: Parts
  now: Date
}

/** What each kind of drill last found, in which configuration. Pure. */
export function scorecardOf({ drills, current, now }: ScorecardInput): Omit<Scorecard, 'asOf' | 'warnings'> {
  const judged = drills.flatMap(judgedOf)
  const configurations = configurationsOf(judged, current)
  const staleness = new Map(configurations.map(({ hash, stale }) => [hash, stale]))
  const byCell = Map.groupBy(judged, ({ drill, fingerprint }) => `${drill.kind} ${fingerprint?.hash}`)
  const cells = Array.from(byCell.values()).flatMap(([last, ...earlier]): ScorecardCell[] => {
    if (!last) return []
    const all = [last, ...earlier]
    const configuration = last.fingerprint?.hash ?? null
    return [
      {
        kind: last.drill.kind,
        configuration,
        stale: staleness.get(configuration) ?? null,
        drills: all.length,
        passed: all.filter(({ result }) => result === 'pass').length,
        last: {
          id: last.drill.id,
          node: last.drill.node,
          result: last.result,
          finishedAt: last.finishedAt,
          ageSeconds: Math.max(0, Math.floor((now.getTime() - Date.parse(last.finishedAt)) / 1000)),
          measurements: last.verdict.measurements,
          comparison: last.drill.comparison ?? []
        }
      }
    ]
  })
  return {
    cells: cells.toSorted((a, b) => a.kind.localeCompare(b.kind) || newestFirst(a.last, b.last)),
    configurations,
    repeated: repeatedOf(judged)
  }
}

function judgedOf(drill: Drill): Judged[] {
  const { verdict, finishedAt, fingerprint = null } = drill
  if (!verdict || finishedAt === null || verdict.result === 'aborted') return []
  return [{ drill, verdict, result: verdict.result, finishedAt, fingerprint }]
}

/** Those of the cluster now, then the newest. */
function configurationsOf(judged: readonly Judged[], current: Parts): ScorecardConfiguration[] {
  const byHash = new Map<string | null, Judged>()
  // The newest comes first, and remains.
  for (const each of judged.toReversed()) byHash.set(each.fingerprint?.hash ?? null, each)
  return Array.from(byHash, ([hash, newest]) => {
    const { fingerprint } = newest
    const parts = fingerprint ? withoutTopic(fingerprint.parts) : null
    const differences = parts ? differencesOf(parts, current) : []
    const isKnown = parts !== null && ![...Object.values(parts), ...Object.values(current)].includes(null)
    const stale = differences.length > 0 ? true : isKnown ? false : null
    return { newest, shown: { hash, parts: fingerprint?.parts ?? null, stale, differences } }
  })
    .toSorted(
      (a, b) => Number(a.shown.stale ?? true) - Number(b.shown.stale ?? true) || newestFirst(a.newest, b.newest)
    )
    .map(({ shown }) => shown)
}

/** The parts of a cluster that have changed since, of those that could be read then and now. */
function differencesOf(then: Parts, now: Parts): ScorecardConfiguration['differences'] {
  return partDifferences(then, now)
    .filter(({ part }) => then[part] !== null && now[part] !== null)
    .map(({ part, a, b }) => ({ part, was: a, now: b }))
}

/** The topic is the drill's own choice, and not of the cluster. */
function withoutTopic(parts: Parts): Parts {
  return Object.fromEntries(Object.entries(parts).filter(([name]) => !name.startsWith('topic.')))
}

function newestFirst(a: { finishedAt: string }, b: { finishedAt: string }): number {
  return b.finishedAt.localeCompare(a.finishedAt)
}

/** How often a drill that was repeated came to the same end. */
function repeatedOf(judged: readonly Judged[]): RepeatedDrill[] {
  const repeats = Map.groupBy(judged, ({ drill }) => drill.request?.repeatOf)
  return judged.flatMap((original): RepeatedDrill[] => {
    const { id, kind } = original.drill
    const of = repeats.get(id) ?? []
    if (of.length === 0) return []
    const reproduced = of.filter((each) => isReproduced(original, each)).length
    return [{ id, kind, result: original.result, repeats: of.length, reproduced }]
  })
}

/** The same result; of a failure also one of its classes. */
function isReproduced(original: Judged, again: Judged): boolean {
  if (original.result !== again.result) return false
  const failures = new Set(failuresOf(original))
  return original.result !== 'fail' || failures.size === 0 || failuresOf(again).some((name) => failures.has(name))
}

function failuresOf({ verdict }: Judged): string[] {
  return (verdict.findings ?? []).filter(({ severity }) => severity === 'failure').map((each) => each.class)
}

export interface ScorecardsOptions {
  drills: Pick<JobRunner<Drill>, 'list'>
  readConfiguration: ReadConfiguration
  /** Brokers that the cluster has at least: while fewer answer, which there are is unknown. */
  brokersExpected: number
  clock: Pick<Clock, 'now'>
}

/** All drills that a service keeps. */
export const mostDrills = 1000

/** The scorecard of the cluster as it is now. */
export type ReadScorecard = (signal: AbortSignal) => Promise<Scorecard>

export function createScorecards({ drills, clock, ...options }: ScorecardsOptions): ReadScorecard {
  return async (signal) => {
    const { parts } = await options.readConfiguration(null, signal)
    const answering = parts.brokers?.split(', ').length ?? 0
    const current = withoutTopic(answering < options.brokersExpected ? { ...parts, brokers: null } : parts)
    const now = clock.now()
    const unread = Object.keys(current).filter((name) => current[name] === null)
    const warning = {
      code: 'configuration_unknown',
      message: `${unread.length} parts of the configuration could not be read, or a broker does not answer: what is stale is unknown`
    }
    return {
      ...scorecardOf({ drills: drills.list({ limit: mostDrills }).items, current, now }),
      asOf: now.toISOString(),
      warnings: unread.length > 0 ? [warning] : []
    }
  }
}
