/** Time, passed in so that tests can hold it. */
export interface Clock {
  now(): Date
  /** Milliseconds that never jump, from an arbitrary start. */
  monotonicMs(): number
  /** Resolves after ms; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}
