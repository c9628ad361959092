import type { Clock } from '#shared/clock.ts'

/** Metadata is never older than this while the pulse beats. */
export const metadataIntervalMs = 10_000
/** After a change the metadata is read with so many pulses more: brokers hear of it one after the other. */
const settlingPulses = 2

/** What a pulse finds. */
export interface Finding {
  /** The signs of life differ from those before. */
  changed: boolean
  /** Since the last reading of the metadata began; undefined when it has never been read, or without success. */
  metadataAgeMs: number | undefined
}

/** Decides, pulse by pulse, whether the metadata is read again. Pure but for what it counts. */
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
  /** From the beginning of one pulse to that of the next; 0: there is none. */
  intervalMs: number
  /** Reads once. It is never called before it has ended. */
  beat: () => Promise<void>
  /** Hears of a beat that failed as a whole. */
  onError: (error: unknown) => void
}

/** Something that beats steadily. */
export interface Pulse {
  start(): void
  /** Since the last beat began that has ended, or since the start; undefined while there is none. */
  ageMs(): number | undefined
  /** Ends it, with the beat under way. */
  close(): Promise<void>
}

/** A beat that takes longer than the interval is followed by a rest of this share of it: it never overlaps the next. */
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
