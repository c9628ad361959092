import type { RateUnknown } from '#shared/contracts/reassignment-progress.ts'
import type { PartitionPlace } from '#shared/kafka/model.ts'
import { partitionName } from './snapshot.ts'

/** The progress of one partition at one moment; null if a size is unknown. */
export interface CopyState extends PartitionPlace {
  adding: readonly number[]
  copiedBytes: number | null
  totalBytes: number | null
}

/** The copy rate of a partition, and the expected end; null with a reason. */
export interface CopyRate {
  bytesPerSec: number | null
  bytesPerSecReason?: RateUnknown
  etaSeconds: number | null
  etaReason?: RateUnknown
}

/** One reading. */
export interface CopySample {
  atMs: number
  copiedBytes: number
  totalBytes: number
}

/** A throttled follower copies in bursts, some seconds apart: measure rates over several bursts. */
const windowMs = 30_000
/** Samples closer together than this add no information. */
const spacingMs = 2_000
const shortestMs = 1_000

/** Keeps earlier readings for as long as a partition is being moved. */
export interface CopyRates {
  /**
   * Adds a reading and compares it with earlier ones.
   * @param states of all active moves: others are forgotten
   * @returns a rate for each, by partitionName
   */
  measure(at: Date, states: readonly CopyState[]): Map<string, CopyRate>
}

export function createCopyRates(): CopyRates {
  let kept = new Map<string, { adding: string; samples: CopySample[] }>()
  return {
    measure(at, states) {
      const next: typeof kept = new Map()
      const rates = states.map((state): [string, CopyRate] => {
        const name = partitionName(state)
        const { copiedBytes, totalBytes } = state
        if (copiedBytes === null || totalBytes === null) return [name, unknownRate('broker_unreachable')]
        const now = { atMs: at.getTime(), copiedBytes, totalBytes }
        const adding = state.adding.join()
        const before = kept.get(name)
        const samples = comparable(before?.adding === adding ? before.samples : [], now)
        const [first] = samples
        const last = samples.at(-1)
        const far = last === undefined || now.atMs - last.atMs >= spacingMs
        next.set(name, { adding, samples: far ? [...samples, now] : samples })
        const measured = first !== undefined && now.atMs - first.atMs >= shortestMs
        return [name, measured ? rateBetween(first, now) : unknownRate('not_measured')]
      })
      kept = next
      return new Map(rates)
    }
  }
}

/**
 * The samples within the window, plus the last one before it if there is no other; none from before a restarted copy.
 * Pure.
 */
export function comparable(samples: readonly CopySample[], now: CopySample): CopySample[] {
  const earlier = samples.filter(({ atMs }) => atMs <= now.atMs)
  if (earlier.some(({ copiedBytes }) => copiedBytes > now.copiedBytes)) return []
  const within = earlier.filter(({ atMs }) => now.atMs - atMs <= windowMs)
  return within.length > 0 ? within : earlier.slice(-1)
}

/** The result of two readings. Copying brings the end closer; new writes move it away. Pure. */
export function rateBetween(before: CopySample, now: CopySample): CopyRate {
  const seconds = (now.atMs - before.atMs) / 1000
  const bytesPerSec = Math.round((now.copiedBytes - before.copiedBytes) / seconds)
  const left = now.totalBytes - now.copiedBytes
  if (left <= 0) return { bytesPerSec, etaSeconds: 0 }
  if (bytesPerSec === 0) return { bytesPerSec, etaSeconds: null, etaReason: 'stalled' }
  const nearerPerSec = (before.totalBytes - before.copiedBytes - left) / seconds
  if (nearerPerSec <= 0) return { bytesPerSec, etaSeconds: null, etaReason: 'falling_behind' }
  return { bytesPerSec, etaSeconds: Math.round((left / nearerPerSec) * 10) / 10 }
}

function unknownRate(reason: RateUnknown): CopyRate {
  return { bytesPerSec: null, bytesPerSecReason: reason, etaSeconds: null, etaReason: reason }
}
