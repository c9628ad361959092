import type { Clock } from '#shared/clock.ts'

export interface FakeClock extends Clock {
  /** Advances time; sleepers due by then wake up. */
  advance(ms: number): void
}

export function createFakeClock(): FakeClock {
  let time = 0
  const sleepers = new Set<{ until: number; wake: () => void }>()
  return {
    now: () => new Date(Date.UTC(2026, 0, 31) + time),
    monotonicMs: () => time,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        const sleeper = { until: time + ms, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper)
          reject(signal.reason)
        })
        if (signal?.aborted) reject(signal.reason)
      })
    },
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    advance(ms) {
      time += ms
      for (const sleeper of sleepers) {
        if (sleeper.until > time) continue
        sleepers.delete(sleeper)
        sleeper.wake()
      }
    }
  }
}
