import type { Clock } from '#shared/clock.ts'

/** Maximum age of metadata while the pulse runs. */
export const metadataIntervalMs = 10_000
/** After a change, this many more pulses trigger a reading of the metadata: brokers learn of it one after the other. */
const settlingPulses = 2

/** The result of a pulse. */
export interface Finding {
  /** The signs of life differ from the previous ones. */
  changed: boolean
  /** Time since the start of the last successful metadata reading; undefined if there is none. */
  metadataAgeMs: number | undefined
}

/** Decides for each pulse whether to read the metadata again. Pure, apart from its counters. */
export function createMetadataRule(): (finding: Finding) => boolean {
  let settling = 0
  return ({ changed, metadataAgeMs }) => {
    if (changed) settling = settlingPulses
    else if (settling > 0) settling -= 1
    else return metadataAgeMs === undefined || metadataAgeMs >= metadataIntervalMs
    return true
  }
}

export interface PulseOptions {
  clock: Clock
  /** Time from the start of one pulse to the start of the next; 0: no pulse. */
  intervalMs: number
  /** Performs one reading. Calls never overlap. */
  beat: () => Promise<void>
  /** Receives the error of a beat that failed entirely. */
  onError: (error: unknown) => void
}

/** A regular beat. */
export interface Pulse {
  start(): void
  /** Time since the start of the last completed beat, or since the start; undefined without a pulse. */
  ageMs(): number | undefined
  /** Stops it, including a beat in progress. */
  close(): Promise<void>
}

/** After a beat that takes longer than the interval, it pauses for this share of the interval: beats never overlap. */
const leastRest = 0.25

export function createPulse({ clock, intervalMs, beat, onError }: PulseOptions): Pulse {
  const closing = new AbortController()
  const { signal } = closing
  let beating: Promise<void> = Promise.resolve()
  let lastAtMs: number | undefined

  async function keepBeating(): Promise<void> {
    while (!signal.aborted) {
      const startedAtMs = clock.monotonicMs()
      try {
        await beat()
        lastAtMs = startedAtMs
      } catch (error) {
        if (!signal.aborted) onError(error)
      }
      const tookMs = clock.monotonicMs() - startedAtMs
      const restMs = Math.max(intervalMs * leastRest, intervalMs - tookMs)
      await clock.sleep(restMs, signal).catch(() => undefined)
    }
  }

  return {
    start() {
      if (intervalMs === 0) return
      lastAtMs = clock.monotonicMs()
      beating = keepBeating()
    },
    ageMs: () => (lastAtMs === undefined ? undefined : clock.monotonicMs() - lastAtMs),
    async close() {
      closing.abort()
      await beating
    }
  }
}
