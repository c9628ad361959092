import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { TSchema } from 'typebox'
import type { AuditTrail } from '#shared/audit/audit-trail.ts'
import { registerTrail } from '#shared/audit/register-trail.ts'
import { type Clock, systemClock } from '#shared/clock.ts'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import type { DrillAgent } from '#shared/cluster/agent-port.ts'
import { drillsSocket } from '#shared/cluster/agent-sockets.ts'
import { loadDefinition } from '#shared/cluster/definition.ts'
import { type CapacityMeasurement, CapacityMeasurementSchema } from '#shared/contracts/capacity-measurement.ts'
import { type Drill, DrillSchema } from '#shared/contracts/drills.ts'
import { type GameDay, GameDaySchema } from '#shared/contracts/gamedays.ts'
import { type Baseline, BaselineSchema } from '#shared/contracts/load-baselines.ts'
import { type LoadTestRun, LoadTestRunSchema, type RunSeconds, RunSecondsSchema } from '#shared/contracts/load-test.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { assertFreeSpace } from '#shared/files/free-space.ts'
import { createJsonFiles } from '#shared/files/json-files.ts'
import { readyGameDays } from '#shared/gamedays/load-gameday.ts'
import { type App, createApp } from '#shared/http/create-app.ts'
import { labelsOf } from '#shared/http/service-config.ts'
import { createJobRunner } from '#shared/jobs/runner.ts'
import type { IndependentReader } from '#shared/kafka/verifying/port.ts'
import type { PrometheusReader } from '#shared/prometheus/ports.ts'
import { prometheusOf } from '#shared/prometheus/settings.ts'
import { createPublishMeter } from '#shared/request-events/publish-meter.ts'
import { publishRequests } from '#shared/request-events/publish-requests.ts'
import { readyWorkloads } from '#shared/workloads/load-workload.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { createAnalysis } from './adapters/analysis.ts'
import { machineParts } from './adapters/machine.ts'
import { type LoadTestConfig, loadTestSettings, schedulesOf } from './config.ts'
import { interruptedMeasurement } from './domain/capacity/capacity.ts'
import { drillSettings, type ReadConfiguration, withConfiguration } from './domain/drills/configuration.ts'
import { interruptedDrill } from './domain/drills/drill-record.ts'
import { reportingFaults } from './domain/drills/fault-trail.ts'
import { createScorecards } from './domain/drills/scorecard.ts'
import { ownTopicSettings } from './domain/drills/topic.ts'
import { interruptedGameDay } from './domain/gamedays/gamedays.ts'
import type { KeptSchedule } from './domain/gamedays/schedules.ts'
import type { JobsTopic } from './domain/kept-jobs.ts'
import type { LoadEngine } from './domain/load/engine-port.ts'
import { loadSettings, readEnvironment } from './domain/load/read-environment.ts'
import { resolveWorkload } from './domain/load/resolve-workload.ts'
import { interruptedRun } from './domain/load/run-record.ts'
import { drillParts, faultRecorder } from './drill-parts.ts'
import { StartedJobSchema } from './job-ends.ts'
import { type JobsPluginOptions, jobsPlugin } from './jobs-plugin.ts'
import { createKafkaClients } from './kafka-clients.ts'
import { keeping, keptJobs } from './kept-jobs.ts'
import { loadParts } from './load-parts.ts'
import { capacityRoutes } from './routes/capacity.ts'
import { comparisonRoutes } from './routes/comparisons.ts'
import { drillRoutes } from './routes/drills.ts'
import { createStateStreams } from './routes/event-stream.ts'
import { gameDayRoutes } from './routes/gamedays.ts'
import { loadPlanRoutes } from './routes/load-plans.ts'
import { loadTestRoutes } from './routes/load-tests.ts'
import { scorecardRoutes } from './routes/scorecard.ts'
import { KeptScheduleSchema, schedulesPlugin } from './schedules-plugin.ts'

/** Parts that tests replace. */
export interface Overrides {
  clock?: Clock
  engine?: LoadEngine
  independentReader?: IndependentReader
  connectAgent?: () => Promise<DrillAgent>
  prometheus?: PrometheusReader
  auditTrail?: AuditTrail
  jobsTopic?: JobsTopic
}

/** Load tests, and as many drills. */
const mostJobs = 500

/** Builds load-test-service without listening. */
export async function buildApp(config: LoadTestConfig, overrides: Overrides = {}): Promise<App> {
  const app = await createApp({
    service: 'loadTest',
    title: 'kops load-test-service',
    description: 'Measures what a Kafka cluster can take, and rehearses its failures with a verdict.',
    dataDir: config.KOPS_DATA_DIR,
    config
  })
  const clock = overrides.clock ?? systemClock
  const clients = createKafkaClients(config)
  const { servers, kafka, admin, reader, brokers } = clients
  app.addHook('onClose', () => clients.close())
  // Before the routes, whose requests it publishes.
  await publishRequests(app, {
    ...{ service: 'kops-load-test', config, kafka: { ...kafka, clientId: 'kops-load-requests' } },
    meter: createPublishMeter(app.metrics),
    now: () => clock.now()
  })
  const onUnreadable = (path: string, err: unknown) => app.log.warn({ path, err }, 'a kept job cannot be read')
  const onProblem = (err: unknown, what: string) => app.log.error({ err }, what)
  const assertRoom = () => assertFreeSpace(config.KOPS_DATA_DIR, config.KOPS_MIN_FREE_BYTES)
  const jobOptions = { clock, newId, keep: mostJobs, onProblem, assertRoom }

  const own = {
    ...machineParts(),
    'client.kops': packageJson.version,
    'client.securityProtocol': config.KOPS_KAFKA_SECURITY_PROTOCOL
  }
  const environmentOf = (topic: string | null, signal: AbortSignal) =>
    readEnvironment({ reader, brokers, own, clock, settings: loadSettings }, topic, signal)
  const configurationOf: ReadConfiguration = (topic, signal) =>
    readEnvironment({ reader, brokers, own: {}, clock, settings: drillSettings }, topic, signal)
  const connect = overrides.connectAgent ?? (() => connectAgent(config))
  const analysis = createAnalysis()
  app.addHook('onClose', () => analysis.close())
  const filesOf = <T extends { id: string }>(folder: string, schema: TSchema) =>
    createJsonFiles<T>({ folder: join(config.KOPS_DATA_DIR, folder), schema, onUnreadable })
  const runs = filesOf<LoadTestRun>('runs', LoadTestRunSchema)
  const seconds = filesOf<RunSeconds>('seconds', RunSecondsSchema)
  const runner = createJobRunner<LoadTestRun>({
    ...jobOptions,
    store: {
      ...runs,
      async remove(id) {
        kept?.forget(id)
        await Promise.all([runs.remove(id), seconds.remove(id)])
      }
    },
    noun: 'load test',
    atMost: { jobs: config.KOPS_LOAD_MAX_RUNS, because: 'they would measure each other' },
    interrupted: interruptedRun
  })
  const keptDrills = filesOf<Drill>('drills', DrillSchema)
  const drillRunner = createJobRunner<Drill>({
    ...jobOptions,
    store: {
      ...keptDrills,
      async remove(id) {
        kept?.forget(id)
        await keptDrills.remove(id)
      }
    },
    noun: 'drill',
    atMost: { jobs: 1, because: 'the fault of one would be the evidence of another' },
    interrupted: interruptedDrill
  })
  const kept = keptJobs(config, {
    ...{ runs: runner, drills: drillRunner, seconds, admin, reader, onProblem },
    ...{ most: 2 * mostJobs, topic: overrides.jobsTopic },
    kafka: { ...kafka, clientId: 'kops-load-runs' },
    brokers: servers.bootstrapServers.length,
    onUndecodable: (found) => app.log.warn(found, 'the spool of jobs had lines that name none; they are kept')
  })
  const loadTests = loadParts({
    ...{ config, clients, clock, onProblem, engine: overrides.engine },
    runner: keeping(runner, kept),
    readEnvironment: environmentOf,
    reports: { load: seconds.read, save: seconds.save }
  })
  const comparisons: JobsPluginOptions['comparisons'] = {
    baselines: filesOf<Baseline>('baselines', BaselineSchema),
    findChanges: analysis.findChanges,
    compareRuns: analysis.compareRuns,
    clock
  }
  const trail = await registerTrail(app, { writer: 'loadtest', config, kafka, admin, given: overrides.auditTrail })
  const configured = withConfiguration(drillRunner, configurationOf, ownTopicSettings)
  const drills = drillParts({
    ...{ config, clients, clock, onProblem, independentReader: overrides.independentReader, connectAgent: connect },
    runner: keeping(reportingFaults(configured, faultRecorder(trail, onProblem)), kept)
  })
  const history = {
    prometheus: overrides.prometheus ?? prometheusOf(config),
    labels: labelsOf(config.KOPS_PROMETHEUS_LABELS)
  }
  const { defaults, limits } = loadTestSettings(config)
  const gameDays: JobsPluginOptions['gameDays'] = {
    runner: createJobRunner<GameDay>({
      ...jobOptions,
      store: filesOf<GameDay>('gamedays', GameDaySchema),
      noun: 'game day',
      atMost: { jobs: 1, because: 'the fault of one would be the evidence of another' },
      interrupted: interruptedGameDay
    }),
    conditions: { ...history, reader, clock },
    resolve: (workload) => resolveWorkload(workload, { defaultTopic: defaults.topic, limits }),
    clock
  }
  const capacity: JobsPluginOptions['capacity'] = {
    runner: createJobRunner<CapacityMeasurement>({
      ...jobOptions,
      store: filesOf<CapacityMeasurement>('capacity', CapacityMeasurementSchema),
      noun: 'measurement',
      atMost: { jobs: 1, because: 'they would measure each other' },
      interrupted: interruptedMeasurement
    }),
    clock,
    reader,
    admin,
    readEnvironment: environmentOf,
    connectAgent: connect,
    history: { ...history, deadlineMs: 5000 },
    limits,
    onProblem
  }
  const ends: JobsPluginOptions['ends'] = {
    trail,
    store: createJsonFiles({ folder: join(config.KOPS_DATA_DIR, 'job-ends'), schema: StartedJobSchema, onUnreadable }),
    clock,
    onProblem
  }
  await app.register(jobsPlugin, { kept, loadTests, comparisons, drills, gameDays, capacity, ends })
  await app.register(schedulesPlugin, {
    schedules: await schedulesOf(config, clock.now()),
    store: createJsonFiles<KeptSchedule>({
      folder: join(config.KOPS_DATA_DIR, 'schedules'),
      schema: KeptScheduleSchema,
      onUnreadable
    }),
    trail,
    clock,
    onProblem
  })
  const streams = createStateStreams(config.KOPS_LOAD_STREAMS_MAX)
  await app.register(loadTestRoutes, { defaults, limits, streams })
  await app.register(loadPlanRoutes, {
    ...{ defaultTopic: defaults.topic, limits },
    readyWorkloads: () => readyWorkloads(config.KOPS_LOAD_WORKLOADS)
  })
  await app.register(comparisonRoutes)
  await app.register(scorecardRoutes, {
    read: createScorecards({
      drills: app.drills,
      readConfiguration: configurationOf,
      brokersExpected: servers.bootstrapServers.length,
      clock
    })
  })
  await app.register(drillRoutes, { streams })
  await app.register(gameDayRoutes, {
    streams,
    readyGameDays: () => readyGameDays(config.KOPS_GAMEDAYS, config.KOPS_LOAD_WORKLOADS)
  })
  await app.register(capacityRoutes, { streams })
  return app

  /** Sorts by time, is valid in file and topic names, and is short enough to type: `20260131T123456-9f3a`. */
  function newId(): string {
    const at = clock.now().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
    return `${at}-${randomBytes(3).toString('hex')}`
  }
}

/** The agent at the configured socket, or that of the cluster in the configured state directory. */
async function connectAgent(config: LoadTestConfig): Promise<DrillAgent> {
  if (config.KOPS_AGENT_SOCKET !== '') return createAgentClient(config.KOPS_AGENT_SOCKET)
  const definition = await loadDefinition(config.KOPS_STATE_DIR)
  if (!definition) {
    throw new KopsError('agent_unreachable', 'No cluster is set up here that an agent drives: run ./setup.sh')
  }
  return createAgentClient(drillsSocket(definition))
}
