import type { Clock } from '#shared/clock.ts'
import type { Monitor } from '../monitor.ts'

/** While a stream is open, refreshes the quick reading every `maxAgeMs`. */
export interface Attention {
  /** Returns what ends it. */
  enter(): () => void
  close(): Promise<void>
}

/** Minimum time between two refreshes. */
const leastMs = 1000

export function createAttention(
  monitor: Pick<Monitor, 'current'>,
  clock: Clock,
  maxAgeMs: number,
  onError: (error: unknown) => void
): Attention {
  const closing = new AbortController()
  let watchers = 0
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    while (watchers > 0 && !closing.signal.aborted) {
      await clock.sleep(Math.max(leastMs, maxAgeMs), closing.signal).catch(() => undefined)
      if (watchers > 0 && !closing.signal.aborted) await monitor.current().catch(onError)
    }
  }

  function wake(): void {
    if (looking || watchers === 0 || closing.signal.aborted) return
    looking = look().finally(() => {
      looking = undefined
      wake()
    })
  }

  return {
    enter() {
      watchers += 1
      wake()
      let entered = true
      return () => {
        if (entered) watchers -= 1
        entered = false
      }
    },
    async close() {
      closing.abort()
      await looking
    }
  }
}
