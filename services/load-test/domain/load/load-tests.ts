import type { Clock } from '#shared/clock.ts'
import type { Fingerprint } from '#shared/contracts/load-environment.ts'
import type { LoadTestReport, LoadTestRun, LoadTestStats, RunSeconds } from '#shared/contracts/load-test.ts'
import type { LoadTestResult } from '#shared/contracts/load-test-result.ts'
import type { Workload } from '#shared/contracts/workload.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import { type JobContext, type JobRunner, messageOf } from '#shared/jobs/runner.ts'
import type { TopicAdmin } from '#shared/kafka/topics/port.ts'
import { retry } from '#shared/poll.ts'
import { assertNotReserved, type ReservedTopics } from '#shared/reserved-topics.ts'
import { assertRoomOnBrokers, type BrokerDisks, watchDisks } from './broker-disks.ts'
import type { LoadEngine, LoadOrder, PreparedLoad, SecondReport } from './engine-port.ts'
import { workloadHashOf } from './fingerprint.ts'
import { createMeasurement, type Measurement } from './measurement.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'
import { prepareSearch } from './search-run.ts'

export interface LoadTestsOptions {
  runner: JobRunner<LoadTestRun>
  clock: Clock
  engine: LoadEngine
  disks: BrokerDisks
  admin: Pick<TopicAdmin, 'createTopic' | 'deleteTopic'>
  reserved: Pick<ReservedTopics, 'refusal'>
  /** Reads what a run on a topic is measured in. Never rejects; ends at once when the signal aborts. */
  readEnvironment: (topic: string, signal: AbortSignal) => Promise<Fingerprint>
  /** The seconds of each run, under its id. */
  reports: { load(id: string): Promise<RunSeconds | undefined>; save(seconds: RunSeconds): Promise<void> }
  /** Receives every second of every run, for metrics. */
  onSecond: (report: SecondReport) => void
  /** The time of the last reset of the counters, which is persisted. */
  since: { read(): Promise<string | undefined>; write(at: string): Promise<void> }
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

export interface LoadTests
  extends Pick<JobRunner<LoadTestRun>, 'ended' | 'get' | 'list' | 'all' | 'cancel' | 'subscribe' | 'close'> {
  open(): Promise<void>
  /** Before a run takes its place, because other runs do not change the answer. @throws KopsError topic_protected */
  assertWritable(topic: string): void
  /**
   * Starts a run once its topic exists, its leaders are connected and its records are made.
   * @throws KopsError topic_not_found, topic_not_ready, cluster_unreachable, job_conflict (too many runs), broker_disk_low,
   * storage_unavailable, and those of creating a temporary topic
   */
  start(workload: ResolvedWorkload): Promise<LoadTestRun>
  running(): LoadTestRun[]
  /** @throws KopsError job_not_found */
  report(id: string): Promise<LoadTestReport>
  /** Runs that a crash ended count as runs; their records are unknown and excluded from the sums. */
  stats(): LoadTestStats
  /** Restarts the counters; keeps the runs. */
  reset(): Promise<LoadTestStats>
}

const progressIntervalMs = 250
const topicTimeoutMs = 20_000

export function createLoadTests(options: LoadTestsOptions): LoadTests {
  const { runner, clock, engine, admin } = options
  let since = clock.now().toISOString()
  let sweeping: Promise<void> = Promise.resolve()

  async function work(context: JobContext<LoadTestRun>, { load, measurement }: PreparedRun): Promise<RunEnd> {
    const startedAt = clock.monotonicMs()
    let reportedAt = startedAt
    const onSecond = (report: SecondReport) => {
      measurement.add(report)
      options.onSecond(report)
      if (clock.monotonicMs() - reportedAt < progressIntervalMs) return
      reportedAt = clock.monotonicMs()
      context.update({ progress: measurement.progress() }, { persist: false })
    }
    let end: RunEnd
    let result: LoadTestResult | undefined
    const full = watchDisks(options.disks, clock)
    const signal = AbortSignal.any([context.signal, full.signal])
    // Not before the run, which would start later for it.
    const environment = options.readEnvironment(context.current().topic, signal)
    try {
      const { durationMs } = await load.run(signal, onSecond)
      result = measurement.result(durationMs)
      if (signal.aborted) end = { status: 'aborted', result, failure: messageOf(signal.reason) }
      else if (result.acknowledged === 0) {
        end = { status: 'failed', result, failure: `No event was acknowledged: ${codes(result.errors)}` }
      } else end = await verified(context, load, result, measurement.progress())
    } catch (error) {
      result ??= measurement.result(clock.monotonicMs() - startedAt)
      end = { status: signal.aborted ? 'aborted' : 'failed', result, failure: messageOf(error) }
    } finally {
      await full.stop()
      // Before the topic goes.
      await environment
      await release(context.current(), load)
    }
    const { id } = context.current()
    const seconds = measurement.seconds()
    await options.reports
      .save({ id, seconds })
      .catch((error) => options.onProblem(error, `could not save the seconds of ${id}`))
    const fingerprint = end.status === 'completed' ? { fingerprint: await environment } : {}
    return { ...end, ...fingerprint, progress: measurement.progress() }
  }

  /** Reads the records back; a fault of the data is the run's. Without `verify` there is nothing to read. */
  async function verified(
    context: JobContext<LoadTestRun>,
    { verify }: PreparedLoad,
    result: LoadTestResult,
    progress: NonNullable<LoadTestRun['progress']>
  ): Promise<RunEnd> {
    if (!verify) return { status: 'completed', result }
    const report = (read: number) =>
      context.update({ progress: { ...progress, phase: 'verifying', read } }, { persist: false })
    report(0)
    const verification = await verify(context.signal, report)
    const whole = { ...result, verification }
    if (verification.faults.length === 0) return { status: 'completed', result: whole }
    return { status: 'failed', result: whole, failure: verification.faults.join('; ') }
  }

  async function release(run: Pick<LoadTestRun, 'id' | 'topic' | 'workload'>, load?: PreparedLoad): Promise<void> {
    await load?.close()
    if (run.workload?.topic.kind === 'temporary') await dropTopic(run.topic)
  }

  /** What cannot be deleted now goes with the next start of the service. */
  async function dropTopic(topic: string): Promise<void> {
    try {
      await admin.deleteTopic(topic, { timeoutMs: topicTimeoutMs })
    } catch (error) {
      if (!isKopsError(error, 'topic_not_found')) options.onProblem(error, `could not delete topic ${topic}`)
    }
  }

  /** Makes the run's topic if it is a temporary one. */
  async function topicFor(id: string, { topic }: ResolvedWorkload): Promise<string> {
    if (topic.kind === 'existing') return topic.name
    const { partitions, replicationFactor, configs = {} } = topic
    const name = temporaryTopic(id)
    await admin.createTopic(
      { name, partitions, replicationFactor, configs },
      { validateOnly: false, timeoutMs: topicTimeoutMs }
    )
    return name
  }

  async function prepareRun(order: LoadOrder): Promise<PreparedRun> {
    const { rate } = order.workload
    if (rate.kind === 'search') return prepareSearch(order, rate, { prepare, clock })
    return { load: await prepare(order), measurement: createMeasurement(order.workload, order.seed) }
  }

  /** Brokers learn of a topic that was just made one after the other. */
  function prepare(order: LoadOrder): Promise<PreparedLoad> {
    if (order.workload.topic.kind === 'existing') return engine.prepare(order)
    const isEarly = (error: unknown) => isKopsError(error, 'topic_not_found') || isKopsError(error, 'topic_not_ready')
    return retry(() => engine.prepare(order), isEarly, { timeoutMs: topicTimeoutMs, pauseMs: 200, clock })
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
      const interrupted = await runner.open()
      sweeping = Promise.all(interrupted.map((run) => release(run))).then(() => undefined)
      const written = await options.since.read()
      if (written !== undefined) since = written
      // The next start counts from its own time.
      else
        await options.since
          .write(since)
          .catch((error) => options.onProblem(error, 'could not save the time of the counters'))
    },
    assertWritable: (topic) => assertNotReserved(options.reserved, topic, 'write', 'topic'),
    async start(workload) {
      return runner.start(async (id) => {
        await assertRoomOnBrokers(workload, options.disks)
        const job: LoadTestRun = {
          id,
          status: 'running',
          topic: await topicFor(id, workload),
          eventCount: workload.rate.kind === 'search' ? null : workload.records,
          workload: recordOf(workload),
          workloadHash: workloadHashOf(workload),
          progress: { acknowledged: 0, failed: 0 },
          createdAt: clock.now().toISOString(),
          finishedAt: null,
          result: null,
          links: linksOf(id)
        }
        const order = { topic: job.topic, workload, seed: seedOf(id), timestampMs: clock.now().getTime() }
        const run = await prepareRun(order).catch(async (error: unknown) => {
          await release(job)
          throw error
        })
        return { job, work: (context) => work(context, run), abandon: () => release(job, run.load) }
      })
    },
    running: () => runner.all().filter((run) => !hasEnded(run)),
    async report(id) {
      const run = runner.get(id)
      return { id, run, seconds: (await options.reports.load(id))?.seconds ?? [] }
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
      await Promise.all([runner.close(), sweeping])
      await engine.close()
    }
  }
}

interface PreparedRun {
  load: PreparedLoad
  measurement: Measurement
}

type RunEnd = Partial<LoadTestRun> & Pick<LoadTestRun, 'status'>

/** The state of a run that ended with the service's death; its progress is unknown. */
export function interruptedRun(run: LoadTestRun): LoadTestRun {
  return { ...run, progress: null, failure: 'The service ended while the load test was running' }
}

function temporaryTopic(id: string): string {
  return `kops-load-${id}`
}

/** A resolved workload as the contract has it: what ends nothing is absent. */
function recordOf({ description, records, durationSeconds, warmUpSeconds, ...rest }: ResolvedWorkload): Workload {
  return {
    ...rest,
    ...(description === null ? {} : { description }),
    ...(records === null ? {} : { records }),
    ...(durationSeconds === null ? {} : { durationSeconds }),
    ...(warmUpSeconds === null ? {} : { warmUpSeconds })
  }
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
