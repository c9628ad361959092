import type { Clock } from '#shared/clock.ts'
import type { LoadTestRun, LoadTestStats } from '#shared/contracts/load-test.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { BatchOutcome, BulkProducer, Partitioner } from '#shared/kafka/producing/index.ts'
import { hasEnded, type Jobs, type Page } from '../jobs/jobs.ts'
import { generate } from './generate.ts'
import { createLogEventSource } from './log-events.ts'
import { createMeasurement, type Measurement } from './measurement.ts'

export interface LoadTestsOptions {
  jobs: Jobs<LoadTestRun>
  clock: Clock
  newId: () => string
  createProducer: (options: { topic: string; onOutcome: (outcome: BatchOutcome) => void }) => BulkProducer
  partitionFor: Partitioner
  /** Hears every outcome of every run: metrics. */
  onOutcome: (outcome: BatchOutcome) => void
  maxConcurrentRuns: number
  /** When the counters were last reset, and where the next reset is written down. */
  since: { read(): Promise<string | undefined>; write(at: string): Promise<void> }
}

export interface LoadTests {
  open(): Promise<void>
  /**
   * Starts a run once its topic is found and its leaders are connected.
   * @throws KopsError topic_not_found, topic_not_ready, cluster_unreachable, job_conflict (too many runs)
   */
  start(request: { eventCount: number; topic: string }): Promise<LoadTestRun>
  /** Resolves when the run has ended, whatever the end. @throws KopsError job_not_found */
  ended(id: string): Promise<LoadTestRun>
  /** @throws KopsError job_not_found */
  get(id: string): LoadTestRun
  list(page: { limit: number; cursor?: string | undefined }): Page<LoadTestRun>
  /** Ends a run and resolves to it. @throws KopsError job_not_found, job_finished */
  cancel(id: string, reason: string): Promise<LoadTestRun>
  subscribe(id: string, listener: (run: LoadTestRun) => void): () => void
  stats(): LoadTestStats
  /** Counts from now on; the runs themselves stay. */
  reset(): Promise<LoadTestStats>
  close(): Promise<void>
}

const progressIntervalMs = 250

interface ActiveRun {
  abort: AbortController
  done: Promise<LoadTestRun>
}

export function createLoadTests(options: LoadTestsOptions): LoadTests {
  const { jobs, clock } = options
  const active = new Map<string, ActiveRun>()
  // A run counts from the moment it is asked for, or two requests at once would both find the place free.
  let reserved = 0
  let since = clock.now().toISOString()
  let closing = false

  async function execute(
    run: LoadTestRun,
    producer: BulkProducer,
    partitions: number,
    parts: RunParts
  ): Promise<LoadTestRun> {
    const { measurement, abort } = parts
    const startedAt = clock.monotonicMs()
    let end: Partial<LoadTestRun>
    try {
      const durationMs = await generate({
        producer,
        partitions,
        partitionFor: options.partitionFor,
        source: createLogEventSource(seedOf(run.id)),
        eventCount: run.eventCount,
        clock,
        signal: abort.signal
      })
      const result = measurement.result(durationMs)
      end =
        result.acknowledged > 0
          ? { status: 'completed', result }
          : { status: 'failed', result, failure: `No event was acknowledged: ${codes(result.errors)}` }
    } catch (error) {
      await producer.close()
      const aborted = abort.signal.aborted
      end = {
        status: aborted ? 'aborted' : 'failed',
        result: measurement.result(clock.monotonicMs() - startedAt),
        failure: error instanceof Error ? error.message : String(error)
      }
    } finally {
      await producer.close()
      active.delete(run.id)
    }
    return jobs.update(run.id, { ...end, progress: progressOf(measurement), finishedAt: clock.now().toISOString() })
  }

  async function cancel(id: string, reason: string): Promise<LoadTestRun> {
    const run = active.get(id)
    if (!run) {
      throw new KopsError('job_finished', `Load test ${id} has ended: ${jobs.get(id).status}`)
    }
    run.abort.abort(new Error(reason))
    return run.done
  }

  function stats(): LoadTestStats {
    const runs = jobs.all().filter((run) => run.createdAt >= since)
    const count = (status: string) => runs.filter((run) => run.status === status).length
    const sum = (key: 'acknowledged' | 'failed') => runs.reduce((total, run) => total + run.progress[key], 0)
    const last = jobs.list({ limit: runs.length || 1 }).items.find((run) => hasEnded(run) && run.createdAt >= since)
    return {
      since,
      asOf: clock.now().toISOString(),
      runs: {
        total: runs.length,
        running: runs.filter((run) => !hasEnded(run)).length,
        completed: count('completed'),
        aborted: count('aborted'),
        failed: count('failed')
      },
      acknowledged: sum('acknowledged'),
      failed: sum('failed'),
      last: last ?? null
    }
  }

  return {
    async open() {
      await jobs.open()
      const written = await options.since.read()
      if (written === undefined) await options.since.write(since)
      else since = written
    },
    async start({ eventCount, topic }) {
      if (closing) throw new KopsError('job_conflict', 'The service is closing')
      if (active.size + reserved >= options.maxConcurrentRuns) {
        const running = Array.from(active.keys()).join(', ') || 'one that is about to start'
        throw new KopsError(
          'job_conflict',
          `${options.maxConcurrentRuns} load test(s) at a time, or they would measure each other; under way: ${running}`
        )
      }
      reserved += 1
      try {
        const measurement = createMeasurement()
        const id = options.newId()
        let reportedAt = clock.monotonicMs()
        const producer = options.createProducer({
          topic,
          onOutcome(outcome) {
            measurement.add(outcome)
            options.onOutcome(outcome)
            if (clock.monotonicMs() - reportedAt < progressIntervalMs) return
            reportedAt = clock.monotonicMs()
            void jobs.update(id, { progress: progressOf(measurement) }, { persist: false })
          }
        })
        const { partitions } = await producer.open().catch(async (error: unknown) => {
          await producer.close()
          throw error
        })
        const run: LoadTestRun = {
          id,
          status: 'running',
          topic,
          eventCount,
          progress: { acknowledged: 0, failed: 0 },
          createdAt: clock.now().toISOString(),
          finishedAt: null,
          result: null,
          links: linksOf(id)
        }
        await jobs.add(run)
        const abort = new AbortController()
        const done = execute(run, producer, partitions, { measurement, abort })
        active.set(id, { abort, done })
        return run
      } finally {
        reserved -= 1
      }
    },
    async ended(id) {
      return (await active.get(id)?.done) ?? jobs.get(id)
    },
    get: jobs.get,
    list: jobs.list,
    cancel,
    subscribe: jobs.subscribe,
    stats,
    async reset() {
      since = clock.now().toISOString()
      await options.since.write(since)
      return stats()
    },
    async close() {
      closing = true
      const runs = Array.from(active.values())
      for (const { abort } of runs) abort.abort(new Error('The service was stopped'))
      await Promise.allSettled(runs.map(({ done }) => done))
    }
  }
}

interface RunParts {
  measurement: Measurement
  abort: AbortController
}

/** The state of a run that the service's death ended. */
export function interruptedRun(run: LoadTestRun): LoadTestRun {
  return { ...run, failure: 'The service ended while the load test was running' }
}

function progressOf({ acknowledged, failed }: Measurement): LoadTestRun['progress'] {
  return { acknowledged, failed }
}

function codes(errors: { code: string; count: number }[]): string {
  return errors.map(({ code, count }) => `${code} (${count})`).join(', ') || 'no answer'
}

function linksOf(id: string): LoadTestRun['links'] {
  const self = `/api/loadtest/runs/${id}`
  return { self, events: `${self}/events`, cancel: self }
}

/** A seed for each run, so that no two runs produce the same events, and one run can be repeated from its id. */
function seedOf(id: string): number {
  let seed = 0
  for (const character of id) seed = (Math.imul(seed, 31) + character.charCodeAt(0)) >>> 0
  return seed
}
