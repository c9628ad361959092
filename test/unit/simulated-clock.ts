import type { Clock } from '#shared/clock.ts'

/** Time moves only while something sleeps, to the end of the shortest sleep; whoever wakes first is served first. */
export function simulatedClock() {
  let now = 0
  const sleepers = new Set<{ at: number; wake: () => void }>()
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const clock: Clock = {
    now: () => new Date(now),
    monotonicMs: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const sleeper = { at: now + ms, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          if (sleepers.delete(sleeper)) reject(signal.reason)
        })
      }),
    turn
  }
  return {
    clock,
    /** Lets time pass until the work is done. */
    async drive<T>(work: Promise<T>): Promise<T> {
      let done = false
      const end = work.finally(() => {
        done = true
      })
      end.catch(() => undefined)
      for (let round = 0; !done && round < 1_000_000; round += 1) {
        await turn()
        const [next] = Array.from(sleepers).sort((a, b) => a.at - b.at)
        if (done || !next) continue
        now = Math.max(now, next.at)
        sleepers.delete(next)
        next.wake()
      }
      return end
    }
  }
}
