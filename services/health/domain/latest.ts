import { compose, type RestReadings } from './compose.ts'
import type { QuickReadings } from './quick-reading.ts'
import type { ClusterReadings } from './readings.ts'
import type { Recovery } from './recovery.ts'
import { carryMarks, differ, revive, type SignsOfLife } from './signs.ts'

/** A quick reading, and its start on the clock's monotonic scale. */
export interface Quick {
  readings: QuickReadings
  takenAtMs: number
}

/** The rest of a full reading, and when that reading began and ended. */
export interface Swept {
  readings: RestReadings
  startedAtMs: number
  endedAtMs: number
}

/** The youngest of everything that was read: quick readings, pulses and full readings overlap, and end in any order. */
export interface Latest {
  quick(): Quick | undefined
  swept(): Swept | undefined
  tookQuick(taken: Quick): void
  tookSweep(swept: Swept): void
  /** @returns whether a sign differs from the previous one: then the metadata may differ too */
  tookSigns(signs: SignsOfLife, takenAtMs: number): boolean
  /** Takes note that the signs of that time vouch for the metadata: it is still as it was read. */
  confirm(signs: SignsOfLife, takenAtMs: number): void
  /** The last quick reading, if a pulse at that time or later confirmed it. */
  vouched(sinceMs: number): Quick | undefined
  /** Everything as one reading. @param own the caller's reading, used unless there is a newer one */
  readings(own: Quick): ClusterReadings
  /**
   * The time since when this may have changed: the start of the quick reading, or of the last pulse that confirmed it.
   */
  validAtMs(): number
}

export function createLatest(recovery: Pick<Recovery, 'heard' | 'spare'>): Latest {
  let quick: Quick | undefined
  let swept: Swept | undefined
  let life: { signs: SignsOfLife; takenAtMs: number } | undefined
  let confirmedAtMs = Number.NEGATIVE_INFINITY

  return {
    quick: () => quick,
    swept: () => swept,
    tookQuick(taken) {
      quick = { ...taken, readings: keepSettings(quick?.readings, taken.readings) }
      recovery.heard(taken.readings.views, taken.takenAtMs)
    },
    tookSweep(sweep) {
      swept = sweep
    },
    tookSigns(signs, takenAtMs) {
      recovery.heard(signs.views, takenAtMs)
      const before = life?.signs
      life = { signs: carryMarks(before, signs), takenAtMs }
      return before !== undefined && differ(before, signs)
    },
    confirm({ complete }, takenAtMs) {
      if (complete) confirmedAtMs = takenAtMs
    },
    vouched(sinceMs) {
      const holds = quick !== undefined && confirmedAtMs > quick.takenAtMs && confirmedAtMs >= sinceMs
      return holds ? quick : undefined
    },
    readings(own) {
      const { readings, takenAtMs } = quick ?? own
      const rest = swept && recovery.spare(swept.readings, swept.startedAtMs, readings.known.values())
      if (!life) return compose(readings, rest)
      const { signs } = life
      const youngest = life.takenAtMs > takenAtMs ? revive(readings, signs) : readings
      return { ...compose(youngest, rest && withExporters(rest, signs)), jmx: signs.jmx }
    },
    validAtMs: () => Math.max(confirmedAtMs, quick?.takenAtMs ?? Number.NEGATIVE_INFINITY)
  }
}

/** With the pulse's exporter data, which full readings leave to it. */
function withExporters(rest: RestReadings, { parts, problems }: SignsOfLife): RestReadings {
  const state = parts.get('jmx')
  if (!state) return rest
  return {
    ...rest,
    parts: new Map([...rest.parts, ['jmx', state]]),
    problems: new Map([...rest.problems, ...Array.from(problems).filter(([part]) => part === 'jmx')])
  }
}

/** Each quick reading asks for topics without known settings: those read by an earlier one stay known. */
function keepSettings(before: QuickReadings | undefined, readings: QuickReadings): QuickReadings {
  if (!before || before.minInsyncReplicas.size === 0) return readings
  const named = new Set(readings.metadata?.topics.map(({ name }) => name))
  const kept = Array.from(before.minInsyncReplicas).filter(([name]) => readings.metadata === null || named.has(name))
  return { ...readings, minInsyncReplicas: new Map([...kept, ...readings.minInsyncReplicas]) }
}
