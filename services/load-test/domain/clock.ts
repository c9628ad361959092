/** Time, passed in so that tests decide it. */
export interface Clock {
  now(): Date
  /** Monotonic milliseconds, the same clock as performance.now(). */
  monotonicMs(): number
  /** Resolves after a while; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Lets input and output have their turn. */
  turn(): Promise<void>
}
