import type { LoadTestRun } from '#shared/contracts/load-test.ts'
import { addressOf } from '../app/pages.ts'

/** What a list of load tests is filtered by, as its address says. */
export interface LoadListQuery {
  state: string | null
  verdict: string | null
  workload: string | null
}

export const states = ['running', 'completed', 'aborted', 'failed'] as const

/** Of runs with thresholds. */
export const verdicts = { kept: 'thresholds kept', missed: 'threshold missed' } as const

export function loadListQuery(query: URLSearchParams): LoadListQuery {
  return { state: query.get('state'), verdict: query.get('verdict'), workload: query.get('workload') }
}

/** The runs that match; what the address has and no run can have matches none. */
export function matchingRuns(runs: readonly LoadTestRun[], { state, verdict, workload }: LoadListQuery): LoadTestRun[] {
  return runs.filter(
    (run) =>
      (state === null || stateOf(run) === state) &&
      (verdict === null || verdictOf(run) === verdict) &&
      (workload === null || run.workload?.name === workload)
  )
}

function stateOf({ status }: LoadTestRun): string {
  return status === 'pending' ? 'running' : status
}

function verdictOf({ result }: LoadTestRun): keyof typeof verdicts | undefined {
  const thresholds = result?.thresholds ?? []
  if (thresholds.length === 0) return undefined
  return thresholds.every(({ passed }) => passed) ? 'kept' : 'missed'
}

/** The workloads of the runs, by name. */
export function workloadsOf(runs: readonly LoadTestRun[]): string[] {
  return [...new Set(runs.flatMap(({ workload }) => workload?.name ?? []))].sort()
}

/** Two are compared. */
const mostPicked = 2

/** The runs that are picked, as the address names them: `id,id`. */
export function pickedOf(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .filter((id) => id !== '')
    .slice(-mostPicked)
}

/** Picks a run, or lets it go; of three the first one goes. */
export function togglePick(picked: readonly string[], id: string): string[] {
  return picked.includes(id) ? picked.filter((each) => each !== id) : [...picked, id].slice(-mostPicked)
}

/** Where two runs are compared: the older one is what the other is compared with. undefined: fewer are picked. */
export function comparisonAddress(picked: readonly string[], runs: readonly LoadTestRun[]): string | undefined {
  const startOf = (id: string) => runs.find((run) => run.id === id)?.createdAt ?? ''
  const [a, b] = picked.toSorted((one, other) => startOf(one).localeCompare(startOf(other)))
  return a === undefined || b === undefined ? undefined : addressOf(['load', 'compare'], { a, b })
}
