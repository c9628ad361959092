import type { LoadEngine, PreparedLoad, SecondReport } from '../domain/load/engine-port.ts'
import { createThreadPool, type LoadThread, type LoadThreadData } from './load-thread-pool.ts'

/** Several threads get so long to receive the order to start, so that they start together. */
const startDelayMs = 20

/**
 * The LoadEngine port: a thread for each producer, so that making load never holds up the requests of the service, and a busy
 * service never the load.
 */
export function createLoadThreads(data: LoadThreadData): LoadEngine {
  const pool = createThreadPool(data)
  return {
    async prepare(order) {
      const threads = Array.from({ length: order.workload.producers }, pool.take)
      let given = false
      const close = async () => {
        if (given) return
        given = true
        await Promise.all(threads.map(pool.giveBack))
      }
      try {
        const payloads = await Promise.all(threads.map((thread, index) => thread.prepare(order, index)))
        const [payload] = payloads
        if (!payload) throw new Error('a run needs a producer')
        const sent = threads.map(() => 0)
        return {
          payload,
          async run(signal, onSecond) {
            const delayMs = threads.length > 1 ? startDelayMs : 0
            const startAt = performance.timeOrigin + performance.now() + delayMs
            const failed = new AbortController()
            const either = AbortSignal.any([signal, failed.signal])
            const onReport = (report: SecondReport) => {
              sent[report.producer] = (sent[report.producer] ?? 0) + report.sent
              onSecond(report)
            }
            const runs = threads.map((thread) => thread.run(startAt, either, onReport))
            // Without one of its producers a run says nothing: the others stop.
            Promise.all(runs).catch((error: unknown) => failed.abort(error))
            await Promise.allSettled(runs)
            return { durationMs: Math.max(...(await Promise.all(runs))) }
          },
          verify: order.workload.verify ? (signal, onRead) => verify(threads, sent, signal, onRead) : undefined,
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

/** The first thread does, because it knows the topic's ends before the run. */
async function verify(threads: LoadThread[], sent: number[], ...rest: Parameters<NonNullable<PreparedLoad['verify']>>) {
  const ledgers = await Promise.all(threads.map((thread) => thread.ledger()))
  const [first] = threads
  if (!first) throw new Error('a run needs a producer')
  return first.verify({ ledgers, sent }, ...rest)
}
