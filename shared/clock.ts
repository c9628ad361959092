import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'

/** Time, passed in so that tests decide it. */
export interface Clock {
  now(): Date
  /** Milliseconds that never jump, from an arbitrary start: the clock of performance.now(). */
  monotonicMs(): number
  /** Resolves after ms milliseconds; rejects with the signal's reason if it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Lets input and output have their turn. */
  turn(): Promise<void>
}

/** Milliseconds since the epoch, with fractions, on which the threads of a process agree. Set clocks do not move it. */
export function preciseEpochMs(): number {
  return performance.timeOrigin + performance.now()
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted()
    try {
      await wait(ms, undefined, signal ? { signal } : {})
    } catch (error) {
      // Node rejects with its own AbortError; the reason has who aborted and why.
      signal?.throwIfAborted()
      throw error
    }
  },
  async turn() {
    await turn()
  }
}
