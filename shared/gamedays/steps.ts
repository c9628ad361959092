import type { DrillStep, GameDayStep, StartGameDay, Until } from '../contracts/gameday-request.ts'
import type { HealthStatus } from '../contracts/health-status.ts'
import type { Workload } from '../contracts/workload.ts'
import { duration } from '../duration.ts'
import type { FieldError } from '../errors/catalog.ts'

/** What an `until` waits for. */
export type Condition =
  | { kind: 'health'; status: HealthStatus }
  | { kind: 'promql'; query: string }
  | { kind: 'inSync' }

/** A step that can be carried out. */
export type ResolvedStep =
  | { kind: 'drill'; request: Omit<DrillStep, 'expect'>; expect: NonNullable<DrillStep['expect']> }
  | { kind: 'wait'; ms: number }
  | { kind: 'until'; condition: Condition; timeoutMs: number }
  | { kind: 'load'; workload: Workload }

const kinds = ['drill', 'wait', 'until', 'load'] as const
const conditions = ['health', 'promql', 'inSync'] as const
const defaultTimeout = '2m'

/** What is wrong with a game day that its schema cannot say: fields that exclude each other. Pure. */
export function errorsOf({ steps }: Pick<StartGameDay, 'steps'>): FieldError[] {
  return steps.flatMap((step, index) => {
    const field = `steps.${index}`
    const errors = oneOf(step, kinds, field)
    return step.until ? [...errors, ...oneOf(step.until, conditions, `${field}.until`)] : errors
  })
}

/** @param step one in which errorsOf finds nothing */
export function resolveStep({ drill, wait, until, load }: GameDayStep): ResolvedStep {
  if (drill) {
    const { expect = 'pass', ...request } = drill
    return { kind: 'drill', request, expect }
  }
  if (wait !== undefined) return { kind: 'wait', ms: duration(wait) }
  if (until) {
    return { kind: 'until', condition: conditionOf(until), timeoutMs: duration(until.timeout ?? defaultTimeout) }
  }
  if (load) return { kind: 'load', workload: load }
  throw new Error('a step without content')
}

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

function conditionOf({ health, promql }: Until): Condition {
  if (health !== undefined) return { kind: 'health', status: health }
  return promql === undefined ? { kind: 'inSync' } : { kind: 'promql', query: promql }
}

function oneOf(value: object, names: readonly string[], field: string): FieldError[] {
  if (names.filter((name) => Reflect.get(value, name) !== undefined).length === 1) return []
  return [{ field, message: `needs exactly one of ${names.join(', ')}` }]
}
