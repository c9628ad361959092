import type { RateUnknown } from '#shared/contracts/reassignment-progress.ts'
import type { PartitionPlace } from '#shared/kafka/model.ts'
import { partitionName } from './snapshot.ts'

/** How far one partition is at one moment; null where a size is not known. */
export interface CopyState extends PartitionPlace {
  adding: readonly number[]
  copiedBytes: number | null
  totalBytes: number | null
}

/** How fast a partition is copied, and when it will be done; null with a reason. */
export interface CopyRate {
  bytesPerSec: number | null
  bytesPerSecReason?: RateUnknown
  etaSeconds: number | null
  etaReason?: RateUnknown
}

/** What was read at one moment. */
export interface CopySample {
  atMs: number
  copiedBytes: number
  totalBytes: number
}

/** A throttled follower copies in bursts, some seconds apart: a rate is one over several of them. */
const windowMs = 30_000
/** Samples closer together than this tell nothing new. */
const spacingMs = 2_000
const shortestMs = 1_000

/** Remembers what was read before, for the time that a partition is under way. */
export interface CopyRates {
  /**
   * Takes a reading in and compares it with earlier ones.
   * @param states of all that is under way: the others are forgotten
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

/** Those within the window, and the last one before it where there is no other; none of a copy that has begun anew. Pure. */
export function comparable(samples: readonly CopySample[], now: CopySample): CopySample[] {
  const earlier = samples.filter(({ atMs }) => atMs <= now.atMs)
  if (earlier.some(({ copiedBytes }) => copiedBytes > now.copiedBytes)) return []
  const within = earlier.filter(({ atMs }) => now.atMs - atMs <= windowMs)
  return within.length > 0 ? within : earlier.slice(-1)
}

/** What two readings tell. The end comes nearer by what is copied, and farther away by what is written meanwhile. Pure. */
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
