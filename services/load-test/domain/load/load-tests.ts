import type { Clock } from '#shared/clock.ts'
import type { LoadTestPlan } from '#shared/contracts/load-plan.ts'
import type { LoadTestReport, LoadTestRun, LoadTestStats, RunSeconds } from '#shared/contracts/load-test.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { JobRunner } from '#shared/jobs/runner.ts'
import { assertNotReserved, type ReservedTopics } from '#shared/reserved-topics.ts'
import type { ConsumeEngine } from './consume-port.ts'
import type { LoadEngine } from './engine-port.ts'
import { createLoadRuns, type LoadRunsOptions } from './load-run.ts'
import { type Guard, planRun } from './plan-run.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'

export interface LoadTestsOptions extends LoadRunsOptions {
  runner: JobRunner<LoadTestRun>
  clock: Clock
  engine: LoadEngine
  consume: ConsumeEngine
  reserved: Pick<ReservedTopics, 'refusal'>
  /** The seconds of each run, under its id. */
  reports: LoadRunsOptions['reports'] & { load(id: string): Promise<RunSeconds | undefined> }
  /** The time of the last reset of the counters, which is persisted. */
  since: { read(): Promise<string | undefined>; write(at: string): Promise<void> }
}

export interface LoadTests
  extends Pick<JobRunner<LoadTestRun>, 'ended' | 'get' | 'list' | 'all' | 'cancel' | 'subscribe' | 'close'> {
  open(): Promise<void>
  /** Before a run takes its place, because other runs do not change the answer. @throws KopsError topic_protected */
  assertWritable(topic: string): void
  /**
   * Starts a run once its topic exists, its leaders are connected and its records are made.
   * @throws KopsError topic_not_found, topic_not_ready, cluster_unreachable, job_conflict (too many runs, or one on this topic), broker_disk_low,
   * storage_unavailable, and those of creating a temporary topic
   */
  start(workload: ResolvedWorkload): Promise<LoadTestRun>
  /**
   * What a run would do, and what would refuse it now. Changes nothing.
   * @param others guards that this service has besides
   */
  plan(workload: ResolvedWorkload, others: Guard[]): Promise<LoadTestPlan>
  running(): LoadTestRun[]
  /** @throws KopsError job_not_found */
  report(id: string): Promise<LoadTestReport>
  /** Runs that a crash ended count as runs; their records are unknown and excluded from the sums. */
  stats(): LoadTestStats
  /** Restarts the counters; keeps the runs. */
  reset(): Promise<LoadTestStats>
}

export function createLoadTests(options: LoadTestsOptions): LoadTests {
  const { runner, clock, engine, consume } = options
  const loadRuns = createLoadRuns(options)
  let since = clock.now().toISOString()
  const closing = new AbortController()
  let sweeping: Promise<void> = Promise.resolve()

  function stats(): LoadTestStats {
    const runs = runner.all().filter((run) => run.createdAt >= since)
    const count = (status: string) => runs.filter((run) => run.status === status).length
    const sum = (key: 'acknowledged' | 'unconfirmed' | 'failed') =>
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
      unconfirmed: sum('unconfirmed'),
      failed: sum('failed'),
      last: last ?? null
    }
  }

  return {
    async open() {
      const interrupted = await runner.open()
      sweeping = Promise.all(interrupted.map((run) => loadRuns.sweep(run, closing.signal))).then(() => undefined)
      const written = await options.since.read()
      if (written !== undefined) since = written
      // The next start counts from its own time.
      else
        await options.since
          .write(since)
          .catch((error) => options.onProblem(error, 'could not save the time of the counters'))
    },
    assertWritable: (topic) => assertNotReserved(options.reserved, topic, 'write', 'topic'),
    start: (workload) => runner.start((id) => loadRuns.prepare(id, workload)),
    plan: (workload, others) => {
      const place = {
        name: 'place-free',
        limit: 'fewer load tests than may run at a time',
        check: async () => runner.assertPlace()
      }
      return planRun(workload, [place, ...others, ...loadRuns.guards(workload)])
    },
    running: () => runner.all().filter((run) => !hasEnded(run)),
    async report(id) {
      const run = runner.get(id)
      const kept = await options.reports.load(id)
      return { seconds: loadRuns.secondsSoFar(id) ?? [], ...kept, id, run }
    },
    ended: runner.ended,
    get: runner.get,
    list: runner.list,
    all: runner.all,
    cancel: runner.cancel,
    subscribe: runner.subscribe,
    stats,
    async reset() {
      const now = clock.now().toISOString()
      await options.since.write(now)
      since = now
      return stats()
    },
    async close() {
      closing.abort()
      await Promise.all([runner.close(), sweeping])
      await Promise.all([engine.close(), consume.close()])
    }
  }
}
