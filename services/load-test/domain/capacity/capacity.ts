import type { DrillAgent } from '#shared/cluster/agent-port.ts'
import type { Capacity as CapacityAnswer } from '#shared/contracts/capacity.ts'
import type { CapacityMeasurement, StartCapacity } from '#shared/contracts/capacity-measurement.ts'
import type { DrillEvent } from '#shared/contracts/drills.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import { type JobRunner, messageOf } from '#shared/jobs/runner.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { BrokerMetadata } from '#shared/kafka/model.ts'
import type { Drills } from '../drills/drills.ts'
import { admitStop, assertWhole } from '../drills/guards.ts'
import { deleteLeftTopic } from '../left-topic.ts'
import type { LoadTests } from '../load/load-tests.ts'
import type { WorkloadLimits } from '../load/resolve-workload.ts'
import { busyTimesOf } from './busy-times.ts'
import { diskMethod, readDiskForecasts } from './disk-forecast.ts'
import { assertReplicasSuffice, readCluster, readLeastIsr } from './guards.ts'
import { withoutTopic } from './measured.ts'
import { capacityTopics } from './own-topic.ts'
import { planOf } from './plan.ts'
import { figureOf, summaryOf } from './present.ts'
import { type MeasurementParts, runMeasurement } from './run-measurement.ts'
import { type PrometheusSource, readTraffic } from './traffic.ts'

export interface CapacityOptions extends Omit<MeasurementParts, 'loadTests' | 'reader'> {
  runner: JobRunner<CapacityMeasurement>
  loadTests: LoadTests
  drills: Pick<Drills, 'all'>
  reader: MeasurementParts['reader'] & Pick<ClusterReader, 'logDirs'>
  /** @throws KopsError agent_unreachable */
  connectAgent: () => Promise<DrillAgent>
  history: PrometheusSource
  limits: WorkloadLimits
  /** Receives errors that no caller awaits. */
  onProblem: (error: unknown, what: string) => void
}

type Runner = Pick<JobRunner<CapacityMeasurement>, 'ended' | 'get' | 'list' | 'cancel' | 'subscribe' | 'close'>

export interface Capacity extends Runner {
  open(): Promise<void>
  /**
   * Starts a measurement if its guards pass.
   * @throws KopsError validation_failed; job_conflict while a load test, a drill or another measurement is under way;
   * cluster_unhealthy, cluster_unreachable, storage_unavailable; with a broker to stop also agent_unreachable,
   * replicas_insufficient and those of admitStop()
   */
  start(request: StartCapacity): Promise<CapacityMeasurement>
  /** Refuses other work that would disturb a measurement. @throws KopsError job_conflict */
  assertNone(): void
  /** What was measured beside the present. Never rejects. */
  answer(): Promise<CapacityAnswer>
}

const deadlineMs = 4000

export function createCapacity(options: CapacityOptions): Capacity {
  const { runner, loadTests, drills, reader, clock, history, limits } = options
  const closing = new AbortController()
  let sweeping: Promise<void> = Promise.resolve()

  const underWay = () => runner.all().find((measurement) => !hasEnded(measurement))

  function assertAlone(): void {
    const busy = [...loadTests.running(), ...drills.all()].find((job) => !hasEnded(job))
    if (busy) throw new KopsError('job_conflict', `${busy.id} is under way, and would be measured, too`)
  }

  async function check(agent: DrillAgent, node: string): Promise<BrokerMetadata> {
    const [status, cluster] = await Promise.all([agent.status(), readCluster(reader)])
    const broker = admitStop(node, { status, ...cluster, now: clock.now() })
    assertReplicasSuffice(cluster.metadata, broker.id, await readLeastIsr(reader, cluster.metadata, broker.id))
    return broker
  }

  /** Topics of measurements that ended with the service's death. */
  async function sweep(measurements: CapacityMeasurement[]): Promise<void> {
    for (const { all, down } of measurements.map(({ id }) => capacityTopics(id))) {
      for (const topic of [all, down]) await deleteLeftTopic(topic, { ...options, signal: closing.signal })
    }
  }

  return {
    async open() {
      sweeping = sweep(await runner.open())
    },
    start: (request) =>
      runner.start(async (id) => {
        assertAlone()
        // What is not valid is refused before anybody is asked.
        planOf(request, 3, limits)
        const cluster = await readCluster(reader)
        const plan = planOf(request, cluster.metadata.brokers.length, limits)
        assertWhole(cluster)
        const { node } = plan
        const agent = node === null ? undefined : await options.connectAgent()
        const close = async () => agent?.close().catch(() => undefined)
        try {
          const stopping = agent && node !== null ? { agent, node, check: () => check(agent, node) } : undefined
          await stopping?.check()
          const self = `/api/capacity/measurements/${id}`
          const job: CapacityMeasurement = {
            id,
            status: 'searching',
            node,
            createdAt: clock.now().toISOString(),
            finishedAt: null,
            allBrokers: null,
            oneBrokerDown: null,
            run: null,
            timeline: [],
            links: { self, events: `${self}/events`, cancel: self }
          }
          return {
            job,
            work: ({ signal, current, update }) => {
              const onEvent = (event: string, detail?: string) => {
                const entry: DrillEvent = { at: clock.now().toISOString(), event, ...(detail ? { detail } : {}) }
                update({ timeline: [...current().timeline, entry] })
              }
              return runMeasurement(options, { id, plan, stopping, signal, onEvent, onChange: update }).finally(close)
            },
            abandon: close
          }
        } catch (error) {
          await close()
          throw error
        }
      }),
    assertNone() {
      const measurement = underWay()
      if (!measurement) return
      throw new KopsError('job_conflict', `The measurement ${measurement.id} of the capacity is under way`)
    },
    async answer() {
      const now = clock.now()
      const [brokers, dirs] = await Promise.all([
        reader.metadata({ deadlineMs, topics: [] }).then(
          ({ value }) => value.brokers.length,
          () => null
        ),
        reader.logDirs({ deadlineMs }).then(
          ({ value, warnings }) => ({ known: value.dirs, missing: warnings.map(({ message }) => message) }),
          (error) => ({ known: [], missing: [messageOf(error)] })
        )
      ])
      const jobs = [...loadTests.all(), ...drills.all()]
      const busy = busyTimesOf(jobs, now)
      const [environment, traffic, forecasts] = await Promise.all([
        options.readEnvironment(null, new AbortController().signal).then(withoutTopic),
        readTraffic(history, { now, brokers, busy }),
        readDiskForecasts(history, { dirs: dirs.known, now, busy })
      ])
      const measured = runner.list({ limit: Math.max(1, runner.all().length) }).items
      const present = { now, environment, traffic }
      const unknown = 'not measured yet: kops capacity measure'
      const answer: Omit<CapacityAnswer, 'summary'> = {
        allBrokers: figureOf(measured.find(({ allBrokers }) => allBrokers)?.allBrokers, { ...present, unknown }),
        oneBrokerDown: figureOf(measured.find(({ oneBrokerDown }) => oneBrokerDown)?.oneBrokerDown, {
          ...present,
          unknown: `${unknown} --one-broker-down`
        }),
        traffic,
        disks: { dirs: forecasts, unknown: dirs.missing.join('; ') || null, method: diskMethod },
        measuring: underWay()?.id ?? null,
        asOf: now.toISOString()
      }
      return { summary: summaryOf(answer), ...answer }
    },
    ended: runner.ended,
    get: runner.get,
    list: runner.list,
    cancel: runner.cancel,
    subscribe: runner.subscribe,
    async close() {
      closing.abort()
      await Promise.all([runner.close(), sweeping])
    }
  }
}

/** The state of a measurement that ended with the service's death; what it had found stays known. */
export function interruptedMeasurement(measurement: CapacityMeasurement): CapacityMeasurement {
  const { progress: _progress, ...rest } = measurement
  const failure = 'The service ended during the measurement; the agent starts a stopped broker when the lease expires'
  return { ...rest, run: null, failure }
}
