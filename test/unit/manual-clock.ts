import type { Clock } from '#shared/clock.ts'

/** A clock that moves only when something sleeps. */
export function manualClock(start = Date.parse('2026-01-31T12:00:00.000Z')): Clock & { advance(ms: number): void } {
  let elapsed = 0
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    now: () => new Date(start + elapsed),
    monotonicMs: () => elapsed,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      await turn()
      signal?.throwIfAborted()
      elapsed += ms
    },
    turn,
    advance(ms) {
      elapsed += ms
    }
  }
}
