import type { Clock } from '#shared/clock.ts'
import type { Fingerprint } from '#shared/contracts/load-environment.ts'
import type { LoadTestRun, RunSeconds } from '#shared/contracts/load-test.ts'
import type { LoadTestResult, LoadTestSecond } from '#shared/contracts/load-test-result.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import { type JobContext, messageOf, type PreparedJob } from '#shared/jobs/runner.ts'
import { retry } from '#shared/poll.ts'
import { deleteLeftTopic } from '../left-topic.ts'
import { assertRoomOnBrokers, type BrokerDisks, watchDisks } from './broker-disks.ts'
import type { ConsumeEngine } from './consume-port.ts'
import { type ObservedLoad, prepareConsumed } from './consumed-run.ts'
import type { LoadEngine, LoadOrder, PreparedLoad, SecondReport } from './engine-port.ts'
import { createMeasurement, type Measurement } from './measurement.ts'
import type { Guard } from './plan-run.ts'
import type { ResolvedWorkload } from './resolve-workload.ts'
import { watchCap } from './run-cap.ts'
import { createRunGroups, groupNames, type RunGroupsOptions } from './run-groups.ts'
import { newRun, seedOf } from './run-record.ts'
import { createRunTopics, type RunTopicsOptions, topicTimeoutMs } from './run-topics.ts'
import { prepareSearch } from './search-run.ts'
import { transactionalId } from './transactions.ts'

export interface LoadRunsOptions extends RunTopicsOptions, RunGroupsOptions {
  clock: Clock
  engine: Pick<LoadEngine, 'prepare'>
  consume: Pick<ConsumeEngine, 'prepare'>
  disks: BrokerDisks
  /**
   * Before transactions: the first one of a cluster makes Kafka create the topic of their coordinators.
   * @throws KopsError metadata_unavailable
   */
  admitTransactions: () => Promise<void>
  /** Aborts what producers with these transactional ids have left open. */
  abortTransactions: (transactionalIds: string[]) => Promise<void>
  /** Reads what a run on a topic is measured in. Never rejects; ends at once when the signal aborts. */
  readEnvironment: (topic: string, signal: AbortSignal) => Promise<Fingerprint>
  /** Keeps the seconds of each run, under its id. */
  reports: { save(seconds: RunSeconds): Promise<void> }
  /** Receives every second of every run, for metrics. */
  onSecond: (report: SecondReport) => void
}

/** What one run does, from its preparation to its end. */
export interface LoadRuns {
  /**
   * Makes the run's topic if it is a temporary one, connects its leaders and makes its records.
   * @throws KopsError job_conflict (another run has the topic), topic_not_found, topic_not_ready, cluster_unreachable,
   * broker_disk_low, group_active, coordinator_unavailable, validation_failed (a group that has to be confirmed), and those of
   * creating a topic
   */
  prepare(id: string, workload: ResolvedWorkload): Promise<PreparedJob<LoadTestRun>>
  /** What a run has measured so far; undefined if no run with this id is under way. */
  secondsSoFar(id: string): LoadTestSecond[] | undefined
  /** What would refuse a run, without starting it. */
  guards(workload: ResolvedWorkload): Guard[]
  /** Gives back what a run of an earlier process, which was killed, has taken from the cluster. */
  sweep(run: Pick<LoadTestRun, 'id' | 'topic' | 'workload'>, signal: AbortSignal): Promise<void>
}

const progressIntervalMs = 250

export function createLoadRuns(options: LoadRunsOptions): LoadRuns {
  const { clock, engine } = options
  const topics = createRunTopics(options)
  const underWay = new Map<string, Measurement>()
  const groups = createRunGroups(options)

  async function work(context: JobContext<LoadTestRun>, { load, measurement, cap }: PreparedRun): Promise<RunEnd> {
    const startedAt = clock.monotonicMs()
    let reportedAt = startedAt
    const onSecond = (report: SecondReport) => {
      measurement.add(report)
      cap.add(report)
      options.onSecond(report)
      onProgress()
    }
    const onProgress = () => {
      if (clock.monotonicMs() - reportedAt < progressIntervalMs) return
      reportedAt = clock.monotonicMs()
      context.update({ progress: measurement.progress() }, { persist: false })
    }
    const resultOf = (durationMs: number) => ({
      ...measurement.result(durationMs),
      ...(load.workers ? { workers: load.workers() } : {})
    })
    let end: RunEnd
    let result: LoadTestResult | undefined
    underWay.set(context.current().id, measurement)
    const full = watchDisks(options.disks, clock)
    const signal = AbortSignal.any([context.signal, full.signal])
    // Not before the run, which would start later for it.
    const environment = options.readEnvironment(context.current().topic, signal)
    try {
      const { durationMs } = await load.run(signal, onSecond, onProgress)
      result = resultOf(durationMs)
      if (signal.aborted) end = { status: 'aborted', result, failure: messageOf(signal.reason) }
      else if (result.acknowledged + (result.unconfirmed ?? 0) === 0) {
        end = { status: 'failed', result, failure: `No event was acknowledged: ${codes(result.errors)}` }
      } else {
        end = await verified(context, load, result, measurement.progress())
        const reached = cap.reached()
        // It did not complete its workload.
        if (reached && end.status === 'completed') end = { ...end, status: 'aborted', failure: `Stopped at ${reached}` }
      }
    } catch (error) {
      result ??= resultOf(clock.monotonicMs() - startedAt)
      end = { status: signal.aborted ? 'aborted' : 'failed', result, failure: messageOf(error) }
    } finally {
      await full.stop()
      // Before the topic goes.
      await environment
      await release(context.current(), load)
    }
    const { id } = context.current()
    const spectrum = measurement.spectrum()
    await options.reports
      .save({
        ...{ id, seconds: measurement.seconds(), partitions: measurement.partitions() },
        ...(spectrum ? { spectrum } : {})
      })
      .catch((error) => options.onProblem(error, `could not save the seconds of ${id}`))
    underWay.delete(id)
    const fingerprint = end.status === 'completed' ? { fingerprint: await environment } : {}
    return { ...end, ...fingerprint, progress: measurement.progress() }
  }

  /** Reads the records back; a fault of the data is the run's. Without `verify` there is nothing to read. */
  async function verified(
    context: JobContext<LoadTestRun>,
    { verify }: Pick<PreparedLoad, 'verify'>,
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

  /** A producer that was ended in mid-transaction would hold up readers of the topic until its transaction times out. */
  async function abortTransactions({ id, workload }: Pick<LoadTestRun, 'id' | 'workload'>): Promise<void> {
    if (!workload?.transactions) return
    const ids = Array.from({ length: workload.producers ?? 1 }, (_, index) => transactionalId(seedOf(id), index))
    await options
      .abortTransactions(ids)
      .catch((error) => options.onProblem(error, `could not abort open transactions of ${id}`))
  }

  async function release(
    run: Pick<LoadTestRun, 'id' | 'topic' | 'workload'>,
    load?: Pick<PreparedLoad, 'close'>
  ): Promise<void> {
    await load?.close()
    await abortTransactions(run)
    await groups.giveBack(run)
    await topics.giveBack(run)
  }

  async function prepareRun(id: string, order: LoadOrder): Promise<PreparedRun> {
    const { workload, seed } = order
    const { rate, consumers } = workload
    const cap = watchCap(workload)
    if (rate.kind === 'search') return { ...(await prepareSearch(order, rate, { prepare, clock })), cap }
    if (consumers.length > 0) {
      const names = groupNames(id, consumers)
      return { ...(await prepareConsumed(order, names, { prepare, consume: options.consume })), cap }
    }
    return { load: await prepare(order), measurement: createMeasurement(workload, seed), cap }
  }

  /** Brokers learn of a topic that was just made one after the other. */
  function prepare(order: LoadOrder): Promise<PreparedLoad> {
    if (order.workload.topic.kind === 'existing') return engine.prepare(order)
    const isEarly = (error: unknown) => isKopsError(error, 'topic_not_found') || isKopsError(error, 'topic_not_ready')
    return retry(() => engine.prepare(order), isEarly, { timeoutMs: topicTimeoutMs, pauseMs: 200, clock })
  }

  return {
    async prepare(id, workload) {
      await assertRoomOnBrokers(workload, options.disks)
      await groups.assertFree(workload)
      if (workload.transactions) await options.admitTransactions()
      const job = newRun(id, await topics.take(id, workload), workload, clock.now())
      const order = { topic: job.topic, workload, seed: seedOf(id), timestampMs: clock.now().getTime() }
      const run = await prepareRun(id, order).catch(async (error: unknown) => {
        await release(job)
        throw error
      })
      return { job, work: (context) => work(context, run), abandon: () => release(job, run.load) }
    },
    secondsSoFar: (id) => underWay.get(id)?.secondsSoFar(),
    guards: (workload) => [
      {
        name: 'room-on-brokers',
        limit: `${Math.round(options.disks.minFreeBytes / 2 ** 20)} MiB stay free on each`,
        check: () => assertRoomOnBrokers(workload, options.disks)
      },
      {
        name: 'groups-free',
        limit: 'no members and no commits of others',
        check: () => groups.assertFree(workload)
      }
    ],
    async sweep(run, signal) {
      await abortTransactions(run)
      await groups.giveBack(run)
      if (run.workload?.topic.kind === 'temporary') await deleteLeftTopic(run.topic, { ...options, signal })
    }
  }
}

interface PreparedRun {
  load: ObservedLoad
  measurement: Measurement
  cap: ReturnType<typeof watchCap>
}

type RunEnd = Partial<LoadTestRun> & Pick<LoadTestRun, 'status'>

function codes(errors: { code: string; count: number }[]): string {
  return errors.map(({ code, count }) => `${code} (${count})`).join(', ') || 'no answer'
}
