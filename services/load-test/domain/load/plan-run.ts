import type { GuardResult } from '#shared/contracts/guard-result.ts'
import type { LoadTestPlan } from '#shared/contracts/load-plan.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { recordsWithin, secondsUntil } from './rate-shape.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'
import { recordOf } from './run-record.ts'
import { meanValueBytes } from './value-pool.ts'

/** What may refuse a run. */
export interface Guard {
  name: string
  /** What it allows. */
  limit: string
  /** Rejects with the reason. */
  check: () => Promise<void>
}

/** What a run would do, with the guards as they are now. Never rejects for what a guard finds. */
export async function planRun(workload: ResolvedWorkload, guards: readonly Guard[]): Promise<LoadTestPlan> {
  const results = await judgeRunGuards(guards)
  return {
    workload: recordOf(workload),
    ...extentOf(workload),
    guards: results,
    canStart: results.every(({ passed }) => passed)
  }
}

/** What guards find now. Never rejects for that. */
export function judgeRunGuards(guards: readonly Guard[]): Promise<GuardResult[]> {
  return Promise.all(guards.map(resultOf))
}

async function resultOf({ name, limit, check }: Guard): Promise<GuardResult> {
  try {
    await check()
    return { name, passed: true, reading: 'nothing refuses it', limit }
  } catch (error) {
    if (!isKopsError(error)) throw error
    return { name, passed: false, reading: error.message, limit }
  }
}

/** How long it would send, and what: of a search and of the closed rate the cluster decides it. */
function extentOf(workload: ResolvedWorkload): Pick<LoadTestPlan, 'seconds' | 'records' | 'valueBytes'> {
  const { rate, records, durationSeconds, payload } = workload
  if (rate.kind === 'search') return { seconds: null, records: null, valueBytes: null }
  const least = (...ends: (number | null)[]) => {
    const known = ends.filter((end) => end !== null)
    return known.length === 0 ? null : Math.min(...known)
  }
  const due = durationSeconds === null ? null : recordsWithin(rate, durationSeconds)
  const most = least(records, due)
  return {
    seconds: least(durationSeconds, records === null ? null : secondsUntil(rate, records)),
    records: most === null ? null : Math.round(most),
    valueBytes: most === null ? null : Math.round(most * meanValueBytes(payload))
  }
}
