export interface WatermarkOptions {
  /** How far events may lag behind the latest one and still count as in order. */
  disorderMs: number
  /**
   * After so long without an event by the wall clock, the watermark goes on with that clock, so that the last windows close; undefined:
   * it waits for the next event.
   */
  idleMs?: number | undefined
}

/**
 * How far event time has come in one partition: no event before it is expected any more. It never goes back, and depends on the
 * events alone, in the order of their log, so that whoever reads them again comes to the same windows; only `idle` depends on
 * when it is called.
 */
export interface Watermark {
  /** Milliseconds since 1970; -Infinity before the first event. */
  readonly ms: number
  /** @returns whether it has advanced */
  observe(timestampMs: number): boolean
  /** @param silentMs since the last event came @returns whether it has advanced */
  idle(nowMs: number, silentMs: number): boolean
  /** Goes on where another one was. */
  restore(ms: number): void
}

export function createWatermark({ disorderMs, idleMs }: WatermarkOptions): Watermark {
  let current = Number.NEGATIVE_INFINITY

  function raise(to: number): boolean {
    if (to <= current) return false
    current = to
    return true
  }

  return {
    get ms() {
      return current
    },
    observe: (timestampMs) => raise(timestampMs - disorderMs),
    idle: (nowMs, silentMs) => idleMs !== undefined && silentMs >= idleMs && raise(nowMs - idleMs - disorderMs),
    restore(ms) {
      current = ms
    }
  }
}
