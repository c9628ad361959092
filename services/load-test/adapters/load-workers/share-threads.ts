import type { ShareEngine } from '../../domain/load-workers/ports.ts'
import { createThreadPool, type LoadThreadData } from '../load-thread-pool.ts'

/** One for a share of its own, and one to take over that of another worker without delay. */
const ready = 2

/** The ShareEngine port: a thread for each share, as load-test-service has for each producer. */
export function createShareThreads(data: LoadThreadData): ShareEngine {
  const pool = createThreadPool(data, ready)
  return {
    async prepare(order, share) {
      const thread = pool.take()
      const heldUntil = new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT))
      let closed: Promise<void> | undefined
      const close = () => {
        closed ??= pool.giveBack(thread)
        return closed
      }
      try {
        const payload = await thread.prepare(order, share)
        return {
          payload,
          async run({ startAtMs, fromMs, records }, signal, onSecond) {
            const durationMs = await thread.run(startAtMs, signal, onSecond, { fromMs, records, heldUntil })
            return { durationMs }
          },
          holdUntil(epochMs) {
            Atomics.store(heldUntil, 0, BigInt(Math.floor(epochMs)))
          },
          close
        }
      } catch (error) {
        await close()
        throw error
      }
    },
    close: pool.close
  }
}
