import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Side } from '../domain/load/compare-runs.ts'
import type { ComparisonsOptions } from '../domain/load/comparisons.ts'
import { runsNeeded } from '../domain/statistics/change-points.ts'

export type Question =
  | { about: 'changes'; series: number[] }
  | { about: 'differences'; a: Side; b: Side; varying: readonly string[] }

/** Answers that stay: of some histories, each with a question for every figure. */
const kept = 50

export interface Analysis extends Pick<ComparisonsOptions, 'findChanges' | 'compareRuns'> {
  /** Ends the work under way; who waits for it gets an error. */
  close(): Promise<void>
}

/**
 * Answers questions about runs in a thread, because that takes up to a second of processor time: one at a time, and none again whose
 * answer is known.
 */
export function createAnalysis(): Analysis {
  const answers = new Map<string, Promise<unknown>>()
  let last: Promise<unknown> = Promise.resolve()
  let worker: Worker | undefined
  let closed = false

  async function work(question: Question): Promise<unknown> {
    if (closed) throw new Error('The analysis of runs is closed')
    const thread = new Worker(new URL('./analysis-thread.ts', import.meta.url), { workerData: question })
    worker = thread
    const ended = once(thread, 'exit').then(() => {
      throw new Error('The analysis of runs ended')
    })
    ended.catch(() => undefined)
    try {
      const [answer] = await Promise.race([once(thread, 'message'), ended])
      return answer
    } finally {
      await thread.terminate()
      worker = undefined
    }
  }

  function ask<T>(question: Question): Promise<T> {
    const key = createHash('sha256').update(JSON.stringify(question)).digest('base64')
    const known = answers.get(key)
    if (known) return known as Promise<T>
    const answer = last.then(() => work(question))
    last = answer.catch(() => answers.delete(key))
    answers.set(key, answer)
    for (const oldest of answers.keys()) if (answers.size > kept) answers.delete(oldest)
    return answer as Promise<T>
  }

  return {
    async findChanges(series) {
      return series.length < runsNeeded ? null : ask({ about: 'changes', series })
    },
    compareRuns: (a, b, { varying }) => ask({ about: 'differences', a, b, varying }),
    async close() {
      closed = true
      await worker?.terminate()
      await last
    }
  }
}
