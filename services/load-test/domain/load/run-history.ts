import type { ComparedRun, FigureName } from '#shared/contracts/compared-runs.ts'
import type { LoadTestHistory } from '#shared/contracts/load-comparison.ts'
import type { Fingerprint } from '#shared/contracts/load-environment.ts'
import type { ChangePoint } from '../statistics/change-points.ts'
import { figures } from './run-figures.ts'

/** Finding changes takes a second of processor time for so many runs, and grows with their square. */
const mostRuns = 200

/** The changes in a series, oldest first; null if it is too short for any. */
export type FindChanges = (series: number[]) => Promise<ChangePoint[] | null>

/** A run that is known to be comparable with others. */
export type ComparableRun = ComparedRun &
  Pick<LoadTestHistory, 'workload' | 'workloadHash'> & { fingerprint: Fingerprint }

export function isComparable(run: ComparedRun): run is ComparableRun {
  return run.status === 'completed' && run.workload !== null && run.workloadHash !== null && run.fingerprint !== null
}

/**
 * The history of the workload that the newest of the runs has, in the environment of that run, with its changes.
 * @param runs newest first
 */
export async function historyOf(
  runs: readonly [ComparableRun, ...ComparableRun[]],
  findChanges: FindChanges
): Promise<LoadTestHistory> {
  const [newest] = runs
  const sameWorkload = runs.filter(({ workloadHash }) => workloadHash === newest.workloadHash)
  const alike = sameWorkload.filter(({ fingerprint }) => fingerprint.hash === newest.fingerprint.hash)
  const series = alike.slice(0, mostRuns).reverse()
  const changes: LoadTestHistory['changes'] = []
  const unjudged: FigureName[] = []
  for (const { name, better } of figures) {
    const shown = series.filter((run) => run.figures[name] !== null)
    const found = await findChanges(shown.map((run) => run.figures[name] ?? 0))
    if (!found) unjudged.push(name)
    for (const { position, p, magnitude } of found ?? []) {
      const run = shown[position]?.id
      if (run !== undefined) changes.push({ figure: name, run, p, magnitude, verdict: verdictOn(better, magnitude) })
    }
  }
  const placeOf = ({ run }: { run: string }) => series.findIndex(({ id }) => id === run)
  return {
    workload: newest.workload,
    workloadHash: newest.workloadHash,
    fingerprint: newest.fingerprint.hash,
    runs: series,
    leftOut: {
      otherWorkload: runs.length - sameWorkload.length,
      otherEnvironment: sameWorkload.length - alike.length
    },
    changes: changes.toSorted((one, other) => placeOf(one) - placeOf(other)),
    unjudged
  }
}

function verdictOn(better: 'higher' | 'lower', magnitude: number | null): 'faster' | 'slower' | null {
  if (magnitude === null || magnitude === 0) return null
  return magnitude > 0 === (better === 'higher') ? 'faster' : 'slower'
}
