import type { Clock } from '#shared/clock.ts'
import type { LoadTestRun, LoadTestStats } from '#shared/contracts/load-test.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import { type JobContext, type JobRunner, messageOf } from '#shared/jobs/runner.ts'
import type { BatchOutcome, BulkProducer, Partitioner } from '#shared/kafka/producing/port.ts'
import { assertNotReserved, type ReservedTopics } from '#shared/reserved-topics.ts'
import { generate } from './generate.ts'
import { createLogEventSource } from './log-events.ts'
import { createMeasurement, type Measurement } from './measurement.ts'

export interface LoadTestsOptions {
  runner: JobRunner<LoadTestRun>
  clock: Clock
  createProducer: (options: { topic: string; onOutcome: (outcome: BatchOutcome) => void }) => BulkProducer
  partitionFor: Partitioner
  reserved: Pick<ReservedTopics, 'refusal'>
  /** Receives every outcome of every run, for metrics. */
  onOutcome: (outcome: BatchOutcome) => void
  /** The time of the last reset of the counters, which is persisted. */
  since: { read(): Promise<string | undefined>; write(at: string): Promise<void> }
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

export interface LoadTests
  extends Pick<JobRunner<LoadTestRun>, 'ended' | 'get' | 'list' | 'cancel' | 'subscribe' | 'close'> {
  open(): Promise<void>
  /**
   * Starts a run once its topic exists and its leaders are connected.
   * @throws KopsError topic_protected, topic_not_found, topic_not_ready, cluster_unreachable, job_conflict (too many runs),
   * storage_unavailable
   */
  start(request: { eventCount: number; topic: string }): Promise<LoadTestRun>
  /** Runs that a crash ended count as runs; their records are unknown and excluded from the sums. */
  stats(): LoadTestStats
  /** Restarts the counters; keeps the runs. */
  reset(): Promise<LoadTestStats>
}

const progressIntervalMs = 250

export function createLoadTests(options: LoadTestsOptions): LoadTests {
  const { runner, clock } = options
  let since = clock.now().toISOString()

  async function work(context: JobContext<LoadTestRun>, parts: RunParts): Promise<RunEnd> {
    const { measurement, producer } = parts
    const { id, eventCount } = context.current()
    const startedAt = clock.monotonicMs()
    let reportedAt = startedAt
    parts.onProgress = () => {
      if (clock.monotonicMs() - reportedAt < progressIntervalMs) return
      reportedAt = clock.monotonicMs()
      context.update({ progress: progressOf(measurement) }, { persist: false })
    }
    let end: RunEnd
    try {
      const durationMs = await generate({
        producer,
        partitions: parts.partitions,
        partitionFor: options.partitionFor,
        source: createLogEventSource(seedOf(id)),
        eventCount,
        clock,
        signal: context.signal
      })
      const result = measurement.result(durationMs)
      end =
        result.acknowledged > 0
          ? { status: 'completed', result }
          : { status: 'failed', result, failure: `No event was acknowledged: ${codes(result.errors)}` }
    } catch (error) {
      // Records in flight get their outcome here and are part of the result.
      await producer.close()
      end = {
        status: context.signal.aborted ? 'aborted' : 'failed',
        result: measurement.result(clock.monotonicMs() - startedAt),
        failure: messageOf(error)
      }
    } finally {
      await producer.close()
    }
    return { ...end, progress: progressOf(measurement) }
  }

  function stats(): LoadTestStats {
    const runs = runner.all().filter((run) => run.createdAt >= since)
    const count = (status: string) => runs.filter((run) => run.status === status).length
    const sum = (key: 'acknowledged' | 'failed') =>
      runs.reduce((total, { progress }) => total + (progress?.[key] ?? 0), 0)
    const last = runner.list({ limit: runs.length || 1 }).items.find((run) => hasEnded(run) && run.createdAt >= since)
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
      await runner.open()
      const written = await options.since.read()
      if (written !== undefined) since = written
      // The next start counts from its own time.
      else
        await options.since
          .write(since)
          .catch((error) => options.onProblem(error, 'could not save the time of the counters'))
    },
    async start({ eventCount, topic }) {
      // Before a run takes its place: other runs do not change the answer.
      assertNotReserved(options.reserved, topic, 'write', 'topic')
      return runner.start(async (id) => {
        const measurement = createMeasurement()
        const parts = { measurement, onProgress: () => {} }
        const producer = options.createProducer({
          topic,
          onOutcome(outcome) {
            measurement.add(outcome)
            options.onOutcome(outcome)
            parts.onProgress()
          }
        })
        const { partitions } = await producer.open().catch(async (error: unknown) => {
          await producer.close()
          throw error
        })
        const job: LoadTestRun = {
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
        return {
          job,
          work: (context) => work(context, Object.assign(parts, { producer, partitions })),
          abandon: () => producer.close()
        }
      })
    },
    ended: runner.ended,
    get: runner.get,
    list: runner.list,
    cancel: runner.cancel,
    subscribe: runner.subscribe,
    stats,
    async reset() {
      const now = clock.now().toISOString()
      await options.since.write(now)
      since = now
      return stats()
    },
    close: runner.close
  }
}

type RunEnd = Partial<LoadTestRun> & Pick<LoadTestRun, 'status'>

interface RunParts {
  measurement: Measurement
  producer: BulkProducer
  partitions: number
  /** Called for every outcome. */
  onProgress: () => void
}

/** The state of a run that ended with the service's death; its progress is unknown. */
export function interruptedRun(run: LoadTestRun): LoadTestRun {
  return { ...run, progress: null, failure: 'The service ended while the load test was running' }
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

/** One seed per run, so that no two runs produce the same events, and a run can be repeated from its id. */
function seedOf(id: string): number {
  let seed = 0
  for (const character of id) seed = (Math.imul(seed, 31) + character.charCodeAt(0)) >>> 0
  return seed
}
