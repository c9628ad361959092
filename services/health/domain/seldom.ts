import type { Clock } from '#shared/clock.ts'
import type { Warning } from '#shared/contracts/common.ts'
import type { PartLog } from './part-log.ts'
import type { Part, PartState } from './readings.ts'

/** A part that is expensive to read and rarely changes: its reading is cached, and repeated when it is due. */
export interface SeldomPart<T> {
  /**
   * The cached reading with its original outcome; a new reading if there is none, if its subject has changed, or if it
   * has expired.
   * @param about describes the subject; when it changes, the reading is due
   * @param read null: it failed entirely, and is due again at once
   */
  read(log: PartLog, about: string, situation: Situation, read: () => Promise<T | null>): Promise<T | null>
}

export interface Situation {
  /** The reading cannot be complete now: retrying early for the missing part is not worthwhile. */
  partial?: boolean
}

interface Kept<T> {
  value: T
  about: string
  state: PartState
  problems: readonly Warning[]
  dueAtMs: number
}

/**
 * Random jitter as a share of the interval, half in each direction, so that services that started together drift apart.
 */
const jitter = 0.2

/** @param random 0 to 1 */
export function createSeldomPart<T>(
  part: Part,
  everyMs: number,
  { clock, random }: { clock: Pick<Clock, 'monotonicMs'>; random: () => number }
): SeldomPart<T> {
  let kept: Kept<T> | undefined
  return {
    async read(log, about, { partial = false }, read) {
      if (kept?.about === about && clock.monotonicMs() < kept.dueAtMs) {
        log.note(part, kept.state, kept.problems)
        return kept.value
      }
      const value = await read()
      const state = log.parts.get(part)
      const problems = log.problems.get(part) ?? []
      const whole = partial || problems.length === 0
      const waitMs = whole ? everyMs * (1 + jitter * (random() - 0.5)) : 0
      kept =
        value === null || state === undefined
          ? undefined
          : { value, about, state, problems, dueAtMs: clock.monotonicMs() + waitMs }
      return value
    }
  }
}
