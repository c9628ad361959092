import type { Clock } from '#shared/clock.ts'
import type { ComparedRun } from '#shared/contracts/compared-runs.ts'
import type { Baseline, BaselineList } from '#shared/contracts/load-baselines.ts'
import type {
  CompareQuery,
  HistoryQuery,
  LoadTestComparison,
  LoadTestHistory
} from '#shared/contracts/load-comparison.ts'
import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import { refusalsOfSide } from './comparable-runs.ts'
import type { compareRuns, Side } from './compare-runs.ts'
import { comparedRun } from './run-figures.ts'
import { type FindChanges, historyOf, isComparable } from './run-history.ts'

export interface ComparisonsOptions {
  runs: {
    /** @throws KopsError job_not_found */
    get(id: string): LoadTestRun
    all(): LoadTestRun[]
  }
  baselines: {
    load(): Promise<Baseline[]>
    read(name: string): Promise<Baseline | undefined>
    save(baseline: Baseline): Promise<void>
    remove(name: string): Promise<void>
  }
  findChanges: FindChanges
  /** compareRuns(), away from the thread that serves requests. */
  compareRuns: (...sides: Parameters<typeof compareRuns>) => Promise<LoadTestComparison>
  clock: Pick<Clock, 'now'>
}

/** What runs show about each other. */
export interface Comparisons {
  /** @throws KopsError job_not_found, baseline_not_found; validation_failed for a side that is missing or a run named twice */
  compare(query: CompareQuery): Promise<LoadTestComparison>
  /** @throws KopsError job_not_found without a completed run of the workload */
  history(query: HistoryQuery): Promise<LoadTestHistory>
  listBaselines(): Promise<BaselineList>
  /** @throws KopsError baseline_not_found */
  baseline(name: string): Promise<Baseline>
  /** @throws KopsError job_not_found; validation_failed for runs that are no side of a comparison; storage_unavailable */
  saveBaseline(name: string, ids: readonly string[]): Promise<Baseline>
  /** @throws KopsError baseline_not_found */
  deleteBaseline(name: string): Promise<Baseline>
}

const mostBaselines = 200

export function createComparisons(options: ComparisonsOptions): Comparisons {
  const { runs, baselines, findChanges, clock } = options
  const compared = (ids: readonly string[]): ComparedRun[] => ids.map((id) => comparedRun(runs.get(id)))

  async function baseline(name: string): Promise<Baseline> {
    const found = await baselines.read(name)
    if (!found) throw new KopsError('baseline_not_found', `There is no baseline ${name}`)
    return found
  }

  async function sideA({ a, baseline: name }: CompareQuery): Promise<Side> {
    if (name !== undefined && a !== undefined) throw fieldError('validation_failed', 'a', 'excludes baseline')
    if (name !== undefined) return { baseline: name, runs: (await baseline(name)).runs }
    if (a === undefined) throw fieldError('validation_failed', 'a', 'is required without baseline')
    return { baseline: null, runs: compared(a.split(',')) }
  }

  return {
    async compare(query) {
      const sides = { a: await sideA(query), b: { baseline: null, runs: compared(query.b.split(',')) } }
      assertDistinct('b', [...sides.a.runs, ...sides.b.runs])
      return options.compareRuns(sides.a, sides.b, { varying: query.varying?.split(',') ?? [] })
    },
    async history({ workload, workloadHash }) {
      if (workload === undefined && workloadHash === undefined) {
        throw fieldError('validation_failed', 'workload', 'is required without workloadHash')
      }
      const [newest, ...others] = runs
        .all()
        .map(comparedRun)
        .filter(isComparable)
        .filter((run) => workload === undefined || run.workload === workload)
        .filter((run) => workloadHash === undefined || run.workloadHash === workloadHash)
        .sort((one, other) => other.createdAt.localeCompare(one.createdAt))
      if (!newest) {
        throw new KopsError('job_not_found', `There is no completed run of the workload ${workload ?? workloadHash}`)
      }
      return historyOf([newest, ...others], findChanges)
    },
    async listBaselines() {
      const all = (await baselines.load()).sort((one, other) => one.id.localeCompare(other.id))
      return {
        baselines: all.map(({ id, savedAt, runs }) => ({
          id,
          savedAt,
          workload: runs[0]?.workload ?? null,
          runs: runs.map((run) => run.id)
        }))
      }
    },
    baseline,
    async saveBaseline(name, ids) {
      const saved = compared(ids).sort((one, other) => one.createdAt.localeCompare(other.createdAt))
      assertDistinct('runs', saved)
      const [refusal] = refusalsOfSide('The baseline', saved)
      if (refusal) throw fieldError('validation_failed', 'runs', refusal.message)
      const known = await baselines.load()
      if (known.length >= mostBaselines && !known.some(({ id }) => id === name)) {
        throw fieldError('validation_failed', 'name', `there are ${mostBaselines} baselines: delete one first`)
      }
      const made = { id: name, savedAt: clock.now().toISOString(), runs: saved }
      await baselines.save(made)
      return made
    },
    async deleteBaseline(name) {
      const found = await baseline(name)
      await baselines.remove(name)
      return found
    }
  }
}

function assertDistinct(field: string, runs: readonly ComparedRun[]): void {
  const ids = runs.map(({ id }) => id)
  const twice = ids.find((id, nth) => ids.indexOf(id) !== nth)
  if (twice !== undefined) throw fieldError('validation_failed', field, `names the run ${twice} twice`)
}
