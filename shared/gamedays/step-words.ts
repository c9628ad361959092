import type { DrillStep, GameDayStep, Until } from '../contracts/gameday-request.ts'
import type { HealthStatus } from '../contracts/health-status.ts'

// Steps as people read them, for the service, the command line and the console. The console bundles this: types are all that it imports.

/** Of a condition without one. */
export const defaultTimeout = '2m'

/** What an `until` waits for. */
export type Condition =
  | { kind: 'health'; status: HealthStatus }
  | { kind: 'promql'; query: string }
  | { kind: 'inSync' }

/** A step in a few words: `drill broker-kill kafka-2`. */
export function stepInWords(step: GameDayStep): string {
  const { drill, wait, until, load } = step
  if (drill) {
    const expect = drill.expect === undefined || drill.expect === 'pass' ? '' : `, expecting ${drill.expect}`
    return `drill ${drillInWords(drill)}${expect}`
  }
  if (wait !== undefined) return `wait ${wait}`
  if (until) return `until ${conditionInWords(conditionOf(until))}, at most ${until.timeout ?? defaultTimeout}`
  return `load ${load?.name ?? ''}`
}

/** A kind of drill and its target: `broker-kill kafka-2`. */
export function drillInWords({
  kind,
  node,
  partition,
  group
}: Pick<DrillStep, 'kind' | 'node' | 'partition' | 'group'>): string {
  const target = node ?? group ?? (partition && `${partition.topic}-${partition.partition}`)
  return target === undefined ? kind : `${kind} ${target}`
}

export function conditionInWords(condition: Condition): string {
  switch (condition.kind) {
    case 'health':
      return `health is ${condition.status}`
    case 'promql':
      return `${condition.query} has a result`
    case 'inSync':
      return 'all replicas are in sync'
  }
}

/** @param until one with exactly one condition */
export function conditionOf({ health, promql }: Until): Condition {
  if (health !== undefined) return { kind: 'health', status: health }
  return promql === undefined ? { kind: 'inSync' } : { kind: 'promql', query: promql }
}
