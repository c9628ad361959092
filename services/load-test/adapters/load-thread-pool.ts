import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Verification } from '#shared/contracts/load-test-result.ts'
import type { KafkaConfig } from '#shared/kafka/settings.ts'
import type { LoadOrder, PreparedLoad, SecondReport } from '../domain/load/engine-port.ts'
import type { Shift } from '../domain/load/load-producer.ts'
import type { ProducersAccounts } from '../domain/load/verify-run.ts'
import type { Ledger } from '../domain/verification/ledger.ts'
import { type ErrorMessage, errorOf } from './thread-errors.ts'

export interface LoadThreadData {
  config: KafkaConfig
  clientId: string
}

export type ToThread =
  | { kind: 'prepare'; order: LoadOrder; index: number }
  /** @property startAt milliseconds since the epoch, which threads agree on better than on anything relative */
  | { kind: 'run'; startAt: number; shift?: ThreadShift | undefined }
  /** After a run. */
  | { kind: 'ledger' }
  | ({ kind: 'verify' } & ProducersAccounts)
  | { kind: 'abort' }
  | { kind: 'release' }

export type ToMain =
  | { kind: 'prepared'; payload: PreparedLoad['payload'] }
  | ({ kind: 'refused' } & ErrorMessage)
  | { kind: 'second'; report: SecondReport }
  | { kind: 'ended'; durationMs: number }
  | { kind: 'ledger'; ledger: Ledger }
  | { kind: 'read'; records: number }
  | { kind: 'verified'; verification: Verification }

/** A Shift in a form that crosses threads. */
export interface ThreadShift extends Omit<Shift, 'assertHeld'> {
  /** One element, in shared memory: until when the part is held, in milliseconds since the epoch. */
  heldUntil: BigInt64Array
}

/** Threads that stay, with their code compiled, for the next run. */
const mostIdle = 2
/** An aborted thread that has not settled its records by then is ended. */
const abortDeadlineMs = 800

export interface ThreadPool {
  take(): LoadThread
  /** Waits for what the thread still does: the answer would otherwise be taken for one to its next order. */
  giveBack(thread: LoadThread): Promise<void>
  close(): Promise<void>
}

/** Threads for producers. The first ones start at once, because starting one takes half a second. */
export function createThreadPool(data: LoadThreadData, first = 1): ThreadPool {
  const idle = Array.from({ length: first }, () => startThread(data))
  const all = new Set(idle)
  let closed = false

  return {
    take() {
      for (let thread = idle.pop(); thread; thread = idle.pop()) if (!thread.ended) return thread
      const thread = startThread(data)
      all.add(thread)
      return thread
    },
    async giveBack(thread) {
      await thread.settled()
      if (!thread.ended) thread.post({ kind: 'release' })
      if (!thread.ended && !closed && idle.length < mostIdle) {
        idle.push(thread)
        return
      }
      all.delete(thread)
      await thread.end()
    },
    async close() {
      closed = true
      await Promise.all(Array.from(all, (thread) => thread.end()))
      all.clear()
    }
  }
}

export interface LoadThread {
  readonly ended: boolean
  /** Resolves once it has answered what it was last asked, or has ended. */
  settled(): Promise<void>
  post(message: ToThread): void
  prepare(order: LoadOrder, index: number): Promise<PreparedLoad['payload']>
  /** Resolves to the duration in milliseconds. */
  run(
    startAt: number,
    signal: AbortSignal,
    onSecond: (report: SecondReport) => void,
    shift?: ThreadShift
  ): Promise<number>
  ledger(): Promise<Ledger>
  verify(accounts: ProducersAccounts, signal: AbortSignal, onRead: (records: number) => void): Promise<Verification>
  end(): Promise<void>
}

function startThread(workerData: LoadThreadData): LoadThread {
  const worker = new Worker(new URL('./load-thread.ts', import.meta.url), { workerData })
  let ended = false
  let underWay: Promise<unknown> | undefined
  let receive: (message: ToMain) => void = () => {}
  let fail: (error: Error) => void = () => {}
  worker.on('message', (message: ToMain) => receive(message))
  worker.on('error', (error) => fail(new Error('A load thread failed', { cause: error })))
  worker.on('exit', () => {
    ended = true
    fail(new Error('A load thread ended'))
  })

  /**
   * Resolves with the first message that `pick` has a value for; rejects if the thread refuses or ends. Answers do not name what they
   * answer, so there is one exchange at a time.
   */
  async function exchange<T>(message: ToThread, pick: (answer: ToMain) => T | undefined): Promise<T> {
    if (underWay) throw new Error(`A load thread cannot ${message.kind} while it does something else`)
    const answered = new Promise<T>((resolve, reject) => {
      fail = reject
      receive = (answer) => {
        if (answer.kind === 'refused') reject(errorOf(answer))
        const picked = pick(answer)
        if (picked !== undefined) resolve(picked)
      }
      if (ended) reject(new Error('A load thread ended'))
      else worker.postMessage(message)
    })
    underWay = answered
    try {
      return await answered
    } finally {
      underWay = undefined
    }
  }

  /** Passes an abort on, and ends the thread if it does not come to an end by itself. */
  async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    let deadline: NodeJS.Timeout | undefined
    const onAbort = () => {
      worker.postMessage({ kind: 'abort' } satisfies ToThread)
      deadline = setTimeout(() => void worker.terminate(), abortDeadlineMs)
    }
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await work
    } finally {
      clearTimeout(deadline)
      signal.removeEventListener('abort', onAbort)
    }
  }

  const thread: LoadThread = {
    get ended() {
      return ended
    },
    async settled() {
      await underWay?.catch(() => undefined)
    },
    post: (message) => worker.postMessage(message),
    prepare: (order, index) =>
      exchange({ kind: 'prepare', order, index }, (answer) =>
        answer.kind === 'prepared' ? answer.payload : undefined
      ),
    async run(startAt, signal, onSecond, shift) {
      const startedAt = performance.now()
      const finished = exchange({ kind: 'run', startAt, shift }, (answer) => {
        if (answer.kind === 'second') onSecond(answer.report)
        return answer.kind === 'ended' ? answer.durationMs : undefined
      })
      try {
        return await untilAborted(finished, signal)
      } catch (error) {
        // What an aborted thread did not report in time is missing in the result; nothing is left running.
        if (signal.aborted) return performance.now() - startedAt
        throw error
      }
    },
    ledger: () => exchange({ kind: 'ledger' }, (answer) => (answer.kind === 'ledger' ? answer.ledger : undefined)),
    async verify(accounts, signal, onRead) {
      const verified = exchange({ kind: 'verify', ...accounts }, (answer) => {
        if (answer.kind === 'read') onRead(answer.records)
        return answer.kind === 'verified' ? answer.verification : undefined
      })
      return untilAborted(verified, signal).catch((error: unknown) => {
        signal.throwIfAborted()
        throw error
      })
    },
    async end() {
      if (ended) return
      const gone = once(worker, 'exit')
      await worker.terminate()
      await gone
    }
  }
  return thread
}
