import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../domain/clock.ts'

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted()
    try {
      await sleep(ms, undefined, signal ? { signal } : {})
    } catch (error) {
      // Node rejects with an AbortError of its own; the reason says who aborted and why.
      signal?.throwIfAborted()
      throw error
    }
  },
  async turn() {
    await turn()
  }
}
