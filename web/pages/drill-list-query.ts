import type { Drill } from '#shared/contracts/drills.ts'
import { drillState } from './job-states.ts'

/** Chips of the list, and which drills each shows. */
export const drillFilters = {
  pass: 'passed',
  fail: 'failed',
  inconclusive: 'inconclusive',
  aborted: 'aborted',
  running: 'under way'
} as const
export type DrillFilter = keyof typeof drillFilters

type Listed = Pick<Drill, 'id' | 'kind' | 'node' | 'status' | 'verdict' | 'request'>

/** What a drill counts as: one that failed before it had a verdict has failed, too. */
export function filterOf(drill: Pick<Drill, 'status' | 'verdict'>): DrillFilter {
  const { word, mark } = drillState(drill)
  if (mark === 'progress') return 'running'
  return word in drillFilters ? (word as DrillFilter) : word === 'failed' ? 'fail' : 'inconclusive'
}

/** The drills that have all words of a text in their kind, node, topic or id, and the result that is asked for. */
export function matchingDrills<T extends Listed>(
  drills: readonly T[],
  { q, verdict }: { q: string; verdict: string | null }
): T[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  return drills.filter((drill) => {
    const { id, kind, node, request } = drill
    const text = `${kind} ${node} ${request?.topic ?? ''} ${id}`.toLowerCase()
    return words.every((word) => text.includes(word)) && (verdict === null || filterOf(drill) === verdict)
  })
}
