import type { Clock } from '#shared/clock.ts'
import type { Warning } from '#shared/contracts/common.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { Deadline, Reading } from '#shared/kafka/model.ts'
import type { Part, PartState } from './readings.ts'

/** The outcome of each part of one reading; parts that were not read are missing. */
export interface PartOutcomes {
  readonly parts: ReadonlyMap<Part, PartState>
  /** Errors by part; parts without errors are missing. */
  readonly problems: ReadonlyMap<Part, readonly Warning[]>
}

/** Reads parts in sequence or in parallel, and records the outcome of each. */
export interface PartLog extends PartOutcomes {
  /**
   * Reads one part under its own deadline; null if it failed entirely. Rejects only if the sweep is aborted, or for a
   * defect.
   */
  read<T>(part: Part, deadlineMs: number, read: (deadline: Deadline) => Promise<Reading<T>>): Promise<T | null>
  /** Records a part that was read together with another one. */
  note(part: Part, state: PartState, problems: readonly Warning[]): void
}

/** @param signal aborts the sweep */
export function createPartLog(clock: Pick<Clock, 'now' | 'monotonicMs'>, signal: AbortSignal): PartLog {
  const parts = new Map<Part, PartState>()
  const problems = new Map<Part, readonly Warning[]>()
  const note: PartLog['note'] = (part, state, found) => {
    parts.set(part, state)
    if (found.length > 0) problems.set(part, found)
  }
  return {
    parts,
    problems,
    note,
    async read(part, deadlineMs, read) {
      const asOf = clock.now()
      const startedAt = clock.monotonicMs()
      const state = (ok: boolean): PartState => ({ asOf, durationMs: clock.monotonicMs() - startedAt, ok })
      try {
        const { value, warnings } = await read({ deadlineMs, signal })
        note(part, state(true), warnings)
        return value
      } catch (error) {
        signal.throwIfAborted()
        if (!isKopsError(error)) throw error
        note(part, state(false), [{ code: error.code, message: error.message, target: part }])
        return null
      }
    }
  }
}
