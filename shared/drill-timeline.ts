import type { DrillComparison, DrillPartition } from './contracts/drill-records.ts'
import type { Drill } from './contracts/drills.ts'

// How a drill is read, for the command line, its reports and the console. The console bundles this: types are all that it imports.

/** What a comparison is of, for people. */
export const comparedNames: Record<DrillComparison['name'], string> = {
  detection: 'noticed',
  leaders: 'new leaders',
  clientGap: 'clients wait',
  followed: 'writes where it follows wait',
  isrFull: 'in sync again',
  committedWait: 'committed readers wait'
}

/** What a drill does from an event on, and which of its events begins it. */
const phases: Record<string, string> = {
  waiting: 'queued',
  admitted: 'preparing',
  'fault-injecting': 'injecting the fault',
  'fault-injected': 'the fault is active',
  healing: 'healing',
  healed: 'recovering',
  'isr-full': 'in sync again',
  'isr-not-full': 'not in sync in time',
  'group-whole': 'the group is whole again',
  'group-not-whole': 'the group was not whole in time',
  'readers-released': 'readers go on',
  'readers-still-held': 'readers still wait',
  'workload-stopped': 'reading back',
  'read-back': 'judging'
}

/** What a drill does, and since when: `the fault is active`. */
export function phaseOf({ timeline, createdAt }: Pick<Drill, 'timeline' | 'createdAt'>): {
  what: string
  since: string
} {
  const last = timeline.findLast(({ event }) => phases[event] !== undefined)
  return { what: (last && phases[last.event]) ?? 'preparing', since: last?.at ?? createdAt }
}

/** A stretch of time, in milliseconds since the fault was requested. */
export interface Phase {
  what: string
  fromMs: number
  /** null: it is the one that goes on. */
  toMs: number | null
}

/** What a drill did, one after the other. */
export function phasesOf({ timeline, createdAt }: Pick<Drill, 'timeline' | 'createdAt'>): Phase[] {
  const zero = zeroOf({ timeline, createdAt })
  const begins = timeline.flatMap(({ at, event }) => {
    const what = phases[event]
    return what === undefined ? [] : [{ what, fromMs: Date.parse(at) - zero }]
  })
  const all = [{ what: 'preparing', fromMs: Date.parse(createdAt) - zero }, ...begins]
  const end = timeline.find(({ event }) => event === 'verdict')
  const endMs = end ? Date.parse(end.at) - zero : null
  return all.map((each, nth) => ({ ...each, toMs: all[nth + 1]?.fromMs ?? endMs }))
}

/** When the fault was first requested, in milliseconds since 1970; when the drill began if it never was. */
export function zeroOf({ timeline, createdAt }: Pick<Drill, 'timeline' | 'createdAt'>): number {
  return Date.parse(timeline.find(({ event }) => event === 'fault-injecting')?.at ?? createdAt)
}

/** A line through a chart of a drill, in milliseconds since the fault was requested. */
export interface FaultMark {
  atMs: number
  label: string
  heals: boolean
}

/** Begins and ends of faults, by the events of the drill. */
export function faultMarks(drill: Drill): FaultMark[] {
  const zero = zeroOf(drill)
  return drill.timeline.flatMap(({ at, event }): FaultMark[] => {
    const atMs = Date.parse(at) - zero
    if (event === 'fault-injecting') return [{ atMs, label: 'fault', heals: false }]
    return event === 'healing' ? [{ atMs, label: 'healing', heals: true }] : []
  })
}

/** What a chart of a drill shows, in milliseconds since the fault was requested. */
export function spanOf(
  { partitions = [], rates, comparison = [], timeline, createdAt }: Drill,
  marks: readonly FaultMark[]
) {
  const changes = partitions.flatMap(({ lanes }) => lanes.map(({ fromMs }) => fromMs))
  const ratesFrom = rates?.fromMs ?? 0
  const ratesTo = rates ? ratesFrom + rates.acknowledged.length * rates.everyMs : 0
  const healed = marks.findLast(({ heals }) => heals)?.atMs ?? 0
  const predicted = comparison.map(({ name, predicted: band, measuredSeconds }) => {
    const start = name === 'isrFull' ? healed : 0
    return start + Math.max(measuredSeconds ?? 0, band?.min ?? 0) * 1000
  })
  const stopped = timeline.find(({ event }) => event === 'workload-stopped')
  const until = stopped ? Date.parse(stopped.at) - zeroOf({ timeline, createdAt }) : 0
  const fromMs = Math.max(
    -10_000,
    changes.reduce((least, each) => Math.min(least, each), Math.min(-1000, ratesFrom))
  )
  const toMs = [...changes, ...predicted, ratesTo, until, ...marks.map(({ atMs }) => atMs)].reduce(
    (most, each) => Math.max(most, each),
    1000
  )
  return { fromMs, toMs: toMs + 500 }
}

/** So many brokers have a colour of their own. */
export const brokerColours = 8

/** The colour of each broker. */
export function brokersOf(lanes: readonly DrillPartition[]): ReadonlyMap<number, number> {
  const ids = new Set(lanes.flatMap((each) => each.lanes.flatMap(({ leader, isr }) => [...isr, leader ?? -1])))
  ids.delete(-1)
  return new Map(
    Array.from(ids)
      .sort((a, b) => a - b)
      .map((id, nth) => [id, nth % brokerColours])
  )
}

export interface Run<T> {
  from: number
  to: number
  value: T
}

/** Stretches of time with the same value. */
export function runs<T>(
  lanes: DrillPartition['lanes'],
  toMs: number,
  of: (each: DrillPartition['lanes'][number]) => T
): Run<T>[] {
  const found: Run<T>[] = []
  for (const [nth, each] of lanes.entries()) {
    const value = of(each)
    const to = lanes[nth + 1]?.fromMs ?? toMs
    const last = found.at(-1)
    if (last?.value === value) last.to = to
    else found.push({ from: each.fromMs, to, value })
  }
  return found
}
