import { createHash } from 'node:crypto'
import type { ThresholdAlert, WindowResult } from '#shared/contracts/analytics.ts'
import { type AggregateFunction, resultOf } from '#shared/streams/windows/aggregates.ts'
import type { WindowKind } from '#shared/streams/windows/window-kinds.ts'
import type { Pane } from '#shared/streams/windows/windowed-state.ts'
import { type AnalyticsEvent, InvalidEvent, quoted, valueAt } from './event.ts'

export type Scalar = string | number | boolean | null

export interface Threshold {
  name: string
  aggregate: string
  condition: 'above' | 'below'
  threshold: number
  at: 'close' | 'update'
  severity: ThresholdAlert['severity']
}

/** One entry of `windows` in a definition. */
export interface Windows {
  name: string
  window: WindowKind
  latenessMs: number
  /** Fields and the values that an event has to have one of. */
  where: [path: string, values: readonly Scalar[]][]
  groupBy: readonly string[]
  aggregates: readonly { name: string; function: AggregateFunction; field?: string }[]
  alerts: readonly Threshold[]
}

/** What an event adds to a group. */
export interface Contribution {
  /** The values of groupBy, as JSON. */
  group: string
  values: (number | undefined)[]
}

/** A definition of windows, ready for events. */
export interface CompiledWindows extends Windows {
  /**
   * Names the windows in the changelog: one that is computed otherwise has another, so that no state goes on under a different
   * meaning.
   */
  id: string
  functions: AggregateFunction[]
  /** undefined if the event is not among them. @throws InvalidEvent when a field has a wrong type */
  contributionOf(event: AnalyticsEvent): Contribution | undefined
  resultOf(pane: Pane, partition: number): WindowResult
  /** Those that a pane passes now and has not passed before, which it is marked with. */
  alertsOf(pane: Pane, at: Threshold['at'], partition: number): ThresholdAlert[]
}

/** A group is a part of keys: with more, they would outgrow what their topics take. */
const longestGroup = 1000
/** Groups of one text are mostly the same few. */
const mostKeptGroups = 10_000

export function compileWindows(windows: Windows): CompiledWindows {
  const functions = windows.aggregates.map((aggregate) => aggregate.function)
  const where = windows.where.map(([path, values]) => ({ path: path.split('.'), values: new Set<unknown>(values) }))
  const groups = windows.groupBy.map((path) => ({ name: path, path: path.split('.') }))
  const fields = windows.aggregates.map(({ field }) => field?.split('.'))
  const alerts = windows.alerts.map((alert, nth) => ({
    ...{ ...alert, flag: 2 ** nth },
    nth: windows.aggregates.findIndex(({ name }) => name === alert.aggregate)
  }))
  const kept = new Map<string, string>()

  function groupOf(event: AnalyticsEvent): string {
    const [only] = groups
    if (only && groups.length === 1) {
      const value = valueAt(event, only.path)
      if (typeof value === 'string') {
        const known = kept.get(value)
        if (known !== undefined) return known
        const group = JSON.stringify([bounded(value, only.name)])
        if (kept.size >= mostKeptGroups) kept.clear()
        kept.set(value, group)
        return group
      }
    }
    return JSON.stringify(
      groups.map(({ name, path }) => {
        const value = valueAt(event, path) ?? null
        if (typeof value === 'object' && value !== null) {
          throw new InvalidEvent(
            `${name} must be a text, a number or a truth value to group by, and is ${quoted(value)}`
          )
        }
        return bounded(value, name)
      })
    )
  }

  function withValues(pane: Pane, partition: number): WindowResult {
    const values = windows.aggregates.map(({ name, function: of }, nth) => [name, resultOf(of, pane.accumulator, nth)])
    const group: Scalar[] = JSON.parse(pane.group)
    return {
      ...{ windows: windows.name, kind: windows.window.kind },
      ...{ start: new Date(pane.start).toISOString(), end: new Date(pane.end).toISOString() },
      group: Object.fromEntries(groups.map(({ name }, nth) => [name, group[nth] ?? null])),
      ...{ values: Object.fromEntries(values), partition }
    }
  }

  return {
    ...windows,
    id: identify(windows),
    functions,
    contributionOf(event) {
      for (const { path, values } of where) if (!values.has(valueAt(event, path) ?? null)) return undefined
      const values = fields.map((path, nth) => {
        const value = path && valueAt(event, path)
        if (value === undefined || value === null) return undefined
        // JSON may say 1e999, which is infinite.
        if (typeof value === 'number' && Number.isFinite(value)) return value
        throw new InvalidEvent(`${windows.aggregates[nth]?.field} must be a number, and is ${quoted(value)}`)
      })
      return { group: groupOf(event), values }
    },
    resultOf: withValues,
    alertsOf(pane, at, partition) {
      const raised: ThresholdAlert[] = []
      for (const alert of alerts) {
        if (alert.at !== at || (pane.flags & alert.flag) !== 0) continue
        const value = resultOf(functions[alert.nth] ?? 'count', pane.accumulator, alert.nth)
        const { condition, threshold, name, severity, aggregate } = alert
        if (value === null || !(condition === 'above' ? value > threshold : value < threshold)) continue
        pane.flags |= alert.flag
        raised.push({ alert: name, severity, ...withValues(pane, partition), aggregate, value, condition, threshold })
      }
      return raised
    }
  }
}

function bounded(value: unknown, name: string): unknown {
  if (typeof value !== 'string' || value.length <= longestGroup) return value
  throw new InvalidEvent(`${name} must have at most ${longestGroup} characters to group by, and has ${value.length}`)
}

/** Lateness and alerts may change without another meaning of what is kept. */
function identify({ name, window, where, groupBy, aggregates }: Windows): string {
  const computed = aggregates.map(({ function: of, field = '' }) => [of, field])
  const meaning = JSON.stringify([window, where, groupBy, computed])
  return `${name}.${createHash('sha256').update(meaning).digest('hex').slice(0, 8)}`
}
