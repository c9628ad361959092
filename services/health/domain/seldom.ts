import type { Clock } from '#shared/clock.ts'
import type { Warning } from '#shared/contracts/common.ts'
import type { PartLog } from './part-log.ts'
import type { Part, PartState } from './readings.ts'

/** A part whose reading costs the brokers much and seldom tells anything new: it is kept, and read again when it is due. */
export interface SeldomPart<T> {
  /**
   * The kept reading, noted as it went when it was made; a reading made now when none is kept, when what it is about has changed,
   * and when its time is up.
   * @param about what the reading is about, in any words: when they change, it is due
   * @param read null: it failed as a whole, and is due again at once
   */
  read(log: PartLog, about: string, situation: Situation, read: () => Promise<T | null>): Promise<T | null>
}

export interface Situation {
  /** It cannot be read now, and what it says cannot change either: whatever is kept serves, however old. */
  frozen?: boolean
  /** It cannot be whole now: what lacks is not worth another try before its time. */
  partial?: boolean
}

interface Kept<T> {
  value: T
  about: string
  state: PartState
  problems: readonly Warning[]
  dueAtMs: number
}

/** Half of this share of the interval is taken off or added, so that services that started together do not go on together. */
const jitter = 0.2

/** @param random 0 to 1 */
export function createSeldomPart<T>(
  part: Part,
  everyMs: number,
  { clock, random }: { clock: Pick<Clock, 'monotonicMs'>; random: () => number }
): SeldomPart<T> {
  let kept: Kept<T> | undefined
  return {
    async read(log, about, { frozen = false, partial = false }, read) {
      const serves = kept !== undefined && kept.about === about && (frozen || clock.monotonicMs() < kept.dueAtMs)
      if (kept !== undefined && serves) {
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
