import type { CoreReadings } from './core.ts'
import type { ClusterReadings } from './readings.ts'
import type { Recovery } from './recovery.ts'
import { carryMarks, differ, revive, type SignsOfLife } from './signs.ts'
import { compose, type SlowReadings } from './sweep.ts'

/** A quick reading, and when it began on the clock's monotonic scale. */
export interface Core {
  readings: CoreReadings
  takenAtMs: number
}

/** A full reading without its quick part. */
export interface Swept {
  readings: SlowReadings
  startedAtMs: number
  endedAtMs: number
}

/** The youngest of everything that was read: quick readings, pulses and full readings overlap, and end in any order. */
export interface Latest {
  quick(): Core | undefined
  swept(): Swept | undefined
  tookQuick(core: Core): void
  tookSweep(swept: Swept): void
  /** @returns whether a sign differs from the one before: then the metadata may, too */
  tookSigns(signs: SignsOfLife, takenAtMs: number): boolean
  /** Takes note that the signs of that time vouch for the metadata: it is still as it was read. */
  confirm(signs: SignsOfLife, takenAtMs: number): void
  /** All of it as one reading. @param core of the caller's; it counts while no younger one is known */
  readings(core: Core): ClusterReadings
  /** Since when this may have changed: the beginning of the quick reading, or of the last pulse that vouched for it. */
  validAtMs(): number
}

export function createLatest(recovery: Pick<Recovery, 'heard' | 'spare'>): Latest {
  let quick: Core | undefined
  let swept: Swept | undefined
  let life: { signs: SignsOfLife; takenAtMs: number } | undefined
  let confirmedAtMs = Number.NEGATIVE_INFINITY

  return {
    quick: () => quick,
    swept: () => swept,
    tookQuick(core) {
      quick = core
      recovery.heard(core.readings.views, core.takenAtMs)
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
    readings(core) {
      const { readings, takenAtMs } = quick ?? core
      const slow = swept && recovery.spare(swept.readings, swept.startedAtMs, readings.known.values())
      if (!life) return compose(readings, slow)
      const { signs } = life
      const youngest = life.takenAtMs > takenAtMs ? revive(readings, signs) : readings
      return { ...compose(youngest, slow && withExporters(slow, signs)), jmx: signs.jmx }
    },
    validAtMs: () => Math.max(confirmedAtMs, quick?.takenAtMs ?? Number.NEGATIVE_INFINITY)
  }
}

/** With what the pulse has heard of the exporters, which full readings leave to it. */
function withExporters(slow: SlowReadings, { parts, problems }: SignsOfLife): SlowReadings {
  const state = parts.get('jmx')
  if (!state) return slow
  return {
    ...slow,
    parts: new Map([...slow.parts, ['jmx', state]]),
    problems: new Map([...slow.problems, ...Array.from(problems).filter(([part]) => part === 'jmx')])
  }
}
