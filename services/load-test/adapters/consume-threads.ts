import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ConsumedSecond, ConsumeEngine, ConsumeOrder, GroupEnd, Produced } from '../domain/load/consume-port.ts'
import type { LoadThreadData } from './load-thread-pool.ts'
import { machineOffsetMs } from './machine-clock.ts'
import { type ErrorMessage, errorOf } from './thread-errors.ts'

export type ToGroupThread =
  | { kind: 'prepare'; order: ConsumeOrder }
  /** @property machineMs the start, on the clock that all threads share */
  | { kind: 'run'; machineMs: number }
  | { kind: 'produced'; produced: Produced }
  | { kind: 'abort' }
  | { kind: 'leave' }

export type GroupToMain =
  | { kind: 'prepared' }
  | { kind: 'second'; second: ConsumedSecond }
  | { kind: 'ended'; end: GroupEnd }
  | { kind: 'left' }
  | ({ kind: 'refused' } & ErrorMessage)

/** An aborted thread that has not ended its run by then is ended. */
const abortDeadlineMs = 800
/** For its last commit, and for leaving the group. */
const leaveDeadlineMs = 6000

/** The ConsumeEngine port: a thread for each group, which ends with its run. */
export function createConsumeThreads(data: LoadThreadData): ConsumeEngine {
  const all = new Set<GroupThread>()
  return {
    async prepare(order) {
      const thread = startThread(data)
      all.add(thread)
      const close = async () => {
        await thread.end()
        all.delete(thread)
      }
      try {
        await thread.exchange({ kind: 'prepare', order }, (answer) => answer.kind === 'prepared' || undefined)
      } catch (error) {
        await close()
        throw error
      }
      return { run: thread.run, close }
    },
    async close() {
      await Promise.all(Array.from(all, (thread) => thread.end()))
    }
  }
}

interface GroupThread {
  /** Resolves with the first answer that `pick` has a value for; rejects if the thread refuses or ends. */
  exchange<T>(message: ToGroupThread, pick: (answer: GroupToMain) => T | undefined): Promise<T>
  run(signal: AbortSignal, onSecond: (second: ConsumedSecond) => void, produced: Promise<Produced>): Promise<GroupEnd>
  /** Leaves the group first. Idempotent. */
  end(): Promise<void>
}

const aborted: GroupEnd = { lag: null, firstMs: null, lastMs: null, producedMs: null, drained: false }

function startThread(workerData: LoadThreadData): GroupThread {
  const worker = new Worker(new URL('./consume-thread.ts', import.meta.url), { workerData })
  const offsetMs = machineOffsetMs()
  const gone = new AbortController()
  let ending: Promise<void> | undefined
  let receive: (message: GroupToMain) => void = () => {}
  let fail: (error: Error) => void = () => {}
  worker.on('message', (message: GroupToMain) => receive(message))
  worker.on('error', (error) => fail(new Error('The thread of a consumer group failed', { cause: error })))
  worker.on('exit', () => {
    gone.abort()
    fail(new Error('The thread of a consumer group ended'))
  })
  const post = (message: ToGroupThread) => worker.postMessage(message)

  const exchange: GroupThread['exchange'] = (message, pick) =>
    new Promise((resolve, reject) => {
      fail = reject
      receive = (answer) => {
        if (answer.kind === 'refused') reject(errorOf(answer))
        const picked = pick(answer)
        if (picked !== undefined) resolve(picked)
      }
      if (gone.signal.aborted) reject(new Error('The thread of a consumer group ended'))
      else post(message)
    })

  async function leaveAndEnd(): Promise<void> {
    if (gone.signal.aborted) return
    const late = AbortSignal.any([gone.signal, AbortSignal.timeout(leaveDeadlineMs)])
    const over = once(late, 'abort')
    const left = exchange({ kind: 'leave' }, (answer) => answer.kind === 'left' || undefined)
    await Promise.race([left, over]).catch(() => undefined)
    await worker.terminate()
  }

  return {
    exchange,
    async run(signal, onSecond, produced) {
      let deadline: NodeJS.Timeout | undefined
      const onAbort = () => {
        post({ kind: 'abort' })
        deadline = setTimeout(() => void worker.terminate(), abortDeadlineMs)
      }
      void produced.then((what) => post({ kind: 'produced', produced: what }))
      const machineMs = performance.now() + offsetMs
      const ended = exchange({ kind: 'run', machineMs }, (answer) => {
        if (answer.kind === 'second') onSecond(answer.second)
        return answer.kind === 'ended' ? answer.end : undefined
      })
      if (signal.aborted) onAbort()
      else signal.addEventListener('abort', onAbort, { once: true })
      try {
        return await ended
      } catch (error) {
        // What an aborted thread did not report in time is missing in the result; nothing is left running.
        if (signal.aborted) return aborted
        throw error
      } finally {
        clearTimeout(deadline)
        signal.removeEventListener('abort', onAbort)
      }
    },
    end() {
      ending ??= leaveAndEnd()
      return ending
    }
  }
}
