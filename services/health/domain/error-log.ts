import type { Warning } from '../../../shared/contracts/common.ts'
import { isKopsError } from '../../../shared/errors/catalog.ts'
import type { Reading } from '../../../shared/kafka/ports.ts'
import type { Part } from './readings.ts'

/** What went wrong in one sweep, by part. */
export interface ErrorLog {
  readonly errors: ReadonlyMap<Part, number>
  readonly warnings: Warning[]
  add(part: Part, warnings: readonly Warning[]): void
  /** Reads one part; null when it failed as a whole. Rejects only when the sweep is given up, or for a defect. */
  part<T>(part: Part, read: () => Promise<Reading<T>>): Promise<T | null>
}

/** @param signal gives the sweep up */
export function createErrorLog(signal: AbortSignal): ErrorLog {
  const errors = new Map<Part, number>()
  const found: Warning[] = []
  const add = (part: Part, warnings: readonly Warning[]) => {
    if (warnings.length === 0) return
    errors.set(part, (errors.get(part) ?? 0) + warnings.length)
    for (const warning of warnings) {
      found.push(warning)
    }
  }
  return {
    errors,
    add,
    warnings: found,
    async part(part, read) {
      try {
        const { value, warnings } = await read()
        add(part, warnings)
        return value
      } catch (error) {
        signal.throwIfAborted()
        if (!isKopsError(error)) throw error
        add(part, [{ code: error.code, message: error.message, target: part }])
        return null
      }
    }
  }
}
