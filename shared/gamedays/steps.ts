import type { DrillStep, GameDayStep, StartGameDay } from '../contracts/gameday-request.ts'
import type { Workload } from '../contracts/workload.ts'
import { duration } from '../duration.ts'
import type { FieldError } from '../errors/catalog.ts'
import { type Condition, conditionOf, defaultTimeout } from './step-words.ts'

/** A step that can be carried out. */
export type ResolvedStep =
  | { kind: 'drill'; request: Omit<DrillStep, 'expect'>; expect: NonNullable<DrillStep['expect']> }
  | { kind: 'wait'; ms: number }
  | { kind: 'until'; condition: Condition; timeoutMs: number }
  | { kind: 'load'; workload: Workload }

const kinds = ['drill', 'wait', 'until', 'load'] as const
const conditions = ['health', 'promql', 'inSync'] as const

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

function oneOf(value: object, names: readonly string[], field: string): FieldError[] {
  if (names.filter((name) => Reflect.get(value, name) !== undefined).length === 1) return []
  return [{ field, message: `needs exactly one of ${names.join(', ')}` }]
}
