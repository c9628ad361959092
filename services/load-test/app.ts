import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { TSchema } from 'typebox'
import { auditEvent } from '#shared/audit/audit-event.ts'
import type { AuditTrail } from '#shared/audit/audit-trail.ts'
import { registerTrail } from '#shared/audit/register-trail.ts'
import { type Clock, preciseEpochMs, systemClock } from '#shared/clock.ts'
import { createAgentClient } from '#shared/cluster/agent/client.ts'
import type { DrillAgent } from '#shared/cluster/agent-port.ts'
import { drillsSocket, loadDefinition } from '#shared/cluster/definition.ts'
import { type CapacityMeasurement, CapacityMeasurementSchema } from '#shared/contracts/capacity-measurement.ts'
import { type Drill, DrillSchema } from '#shared/contracts/drills.ts'
import { type GameDay, GameDaySchema } from '#shared/contracts/gamedays.ts'
import { type Baseline, BaselineSchema } from '#shared/contracts/load-baselines.ts'
import { type LoadTestRun, LoadTestRunSchema, type RunSeconds, RunSecondsSchema } from '#shared/contracts/load-test.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { assertFreeSpace } from '#shared/files/free-space.ts'
import { createJsonFiles } from '#shared/files/json-files.ts'
import { type App, createApp } from '#shared/http/create-app.ts'
import { labelsOf, listOf } from '#shared/http/service-config.ts'
import { createJobRunner } from '#shared/jobs/runner.ts'
import { createBrokerAdmin } from '#shared/kafka/brokers/broker-admin.ts'
import { createClusterReader } from '#shared/kafka/cluster/cluster-reader.ts'
import { createWatchedBudget } from '#shared/kafka/cluster/quorum-gate.ts'
import { createPool } from '#shared/kafka/connection/pool.ts'
import { createGroupAdmin } from '#shared/kafka/groups/group-admin.ts'
import { createReassignments } from '#shared/kafka/moves/reassignments.ts'
import { abortTransactions } from '#shared/kafka/producing/abort-transactions.ts'
import { parseKafka } from '#shared/kafka/settings.ts'
import { createTopicAdmin } from '#shared/kafka/topics/topic-admin.ts'
import { createEpochReader } from '#shared/kafka/verifying/epoch-reader.ts'
import { createIndependentReader } from '#shared/kafka/verifying/kafkajs-reader.ts'
import type { IndependentReader } from '#shared/kafka/verifying/port.ts'
import { createTransactionReader } from '#shared/kafka/verifying/transaction-reader.ts'
import type { PrometheusReader } from '#shared/prometheus/ports.ts'
import { prometheusOf } from '#shared/prometheus/settings.ts'
import { createReservedTopics } from '#shared/reserved-topics.ts'
import { parseZookeeperTls } from '#shared/zookeeper/settings.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { createAnalysis } from './adapters/analysis.ts'
import { createConsumeThreads } from './adapters/consume-threads.ts'
import { createMemberProcesses } from './adapters/drill-consumers/member-processes.ts'
import { createDrillProducers, createHangingProducers, drillRequestTimeoutMs } from './adapters/drill-producers.ts'
import { createEnsembleReader } from './adapters/ensemble-reader.ts'
import { createLoadEngines } from './adapters/load-engines.ts'
import { createLoadThreads } from './adapters/load-threads.ts'
import { createServiceLine } from './adapters/load-workers/kafka-lines.ts'
import { machineParts } from './adapters/machine.ts'
import { createTextFile } from './adapters/text-file.ts'
import { type LoadTestConfig, loadTestSettings, memberEnvironment, schedulesOf, workerSecretOf } from './config.ts'
import { interruptedMeasurement } from './domain/capacity/capacity.ts'
import { drillSettings, type ReadConfiguration, withConfiguration } from './domain/drills/configuration.ts'
import { consumersOf } from './domain/drills/consumers/participant.ts'
import { interruptedDrill } from './domain/drills/drills.ts'
import { type FaultNote, reportingFaults } from './domain/drills/fault-trail.ts'
import { transactionOf } from './domain/drills/hanging/participant.ts'
import { createScorecards } from './domain/drills/scorecard.ts'
import { ownTopicSettings } from './domain/drills/topic.ts'
import { interruptedGameDay } from './domain/gamedays/gamedays.ts'
import type { KeptSchedule } from './domain/gamedays/schedules.ts'
import type { JobsTopic } from './domain/kept-jobs.ts'
import type { LoadEngine } from './domain/load/engine-port.ts'
import { interruptedRun } from './domain/load/load-run.ts'
import { loadSettings, readEnvironment } from './domain/load/read-environment.ts'
import { resolveWorkload } from './domain/load/resolve-workload.ts'
import { createWorkersEngine } from './domain/load-workers/workers-engine.ts'
import { StartedJobSchema } from './job-ends.ts'
import { type JobsPluginOptions, jobsPlugin } from './jobs-plugin.ts'
import { keeping, keptJobs } from './kept-jobs.ts'
import { capacityRoutes } from './routes/capacity.ts'
import { comparisonRoutes } from './routes/comparisons.ts'
import { drillRoutes } from './routes/drills.ts'
import { createStateStreams } from './routes/event-stream.ts'
import { gameDayRoutes } from './routes/gamedays.ts'
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
const metadataMs = 3000

/** Builds load-test-service without listening. */
export async function buildApp(config: LoadTestConfig, overrides: Overrides = {}): Promise<App> {
  const app = await createApp({
    service: 'loadTest',
    title: 'kops load-test-service',
    description: 'Measures what a Kafka cluster can take, and rehearses its failures with a verdict.',
    config
  })
  const clock = overrides.clock ?? systemClock
  const servers = parseKafka(config)
  const budget = createWatchedBudget({
    ...servers,
    zookeeperServers: listOf(config.KOPS_ZOOKEEPER_SERVERS),
    zookeeperTls: parseZookeeperTls(config),
    clientId: 'kops-load-test'
  })
  const pool = createPool({ ...servers, clientId: 'kops-load-test', budget })
  const kafka = { ...servers, clientId: 'kops-load-test', budget, pool }
  app.addHook('onClose', async () => {
    pool.close()
    await budget.close()
  })
  const onUnreadable = (path: string, err: unknown) => app.log.warn({ path, err }, 'a kept job cannot be read')
  const onProblem = (err: unknown, what: string) => app.log.error({ err }, what)
  const assertRoom = () => assertFreeSpace(config.KOPS_DATA_DIR, config.KOPS_MIN_FREE_BYTES)
  const jobOptions = { clock, newId, keep: mostJobs, onProblem, assertRoom }

  const admin = createTopicAdmin(kafka)
  const reader = createClusterReader(kafka)
  const epochs = createEpochReader(kafka)
  const transactions = createTransactionReader(kafka)
  const brokers = createBrokerAdmin(kafka)
  const groups = createGroupAdmin(kafka)
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
  app.addHook('onClose', async () => {
    await Promise.all([brokers.close(), epochs.close(), transactions.close(), groups.close(), analysis.close()])
  })
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
  /** Looking a coordinator up makes Kafka create its topic, which needs the metadata quorum. */
  async function admitCoordinator(topic: string): Promise<void> {
    const { value } = await reader.metadata({ topics: [topic], deadlineMs: metadataMs })
    if (value.topics.length === 0) await budget.admit()
  }
  const abortOpen = (ids: readonly string[]) => abortTransactions({ ...servers, clientId: 'kops-load-test' }, ids)
  const admitTransactions = () => admitCoordinator('__transaction_state')
  const loadTests: JobsPluginOptions['loadTests'] = {
    runner: keeping(runner, kept),
    clock,
    readEnvironment: environmentOf,
    reports: { load: seconds.read, save: seconds.save },
    disks: { reader, minFreeBytes: config.KOPS_LOAD_MIN_BROKER_FREE_BYTES },
    engine:
      overrides.engine ??
      createLoadEngines({
        threads: createLoadThreads({ config, clientId: 'kops-load-test' }),
        workers: workersEngine()
      }),
    consume: createConsumeThreads({ config, clientId: 'kops-load-test' }),
    abortTransactions: abortOpen,
    groups,
    admitGroups: () => admitCoordinator('__consumer_offsets'),
    admitTransactions,
    admin,
    reserved: createReservedTopics({ auditTopic: config.KOPS_AUDIT_TOPIC }),
    since: createTextFile(join(config.KOPS_DATA_DIR, 'stats-since')),
    onProblem
  }
  const comparisons: JobsPluginOptions['comparisons'] = {
    baselines: filesOf<Baseline>('baselines', BaselineSchema),
    findChanges: analysis.findChanges,
    compareRuns: analysis.compareRuns,
    clock
  }
  const drills: JobsPluginOptions['drills'] = {
    runner: keeping(
      reportingFaults(withConfiguration(drillRunner, configurationOf, ownTopicSettings), recordFault),
      kept
    ),
    clock,
    reader,
    admin,
    reassignments: createReassignments(kafka),
    createEnsemble: (status) =>
      createEnsembleReader(status, {
        quorum: reader,
        zookeeperServers: listOf(config.KOPS_ZOOKEEPER_SERVERS),
        zookeeperTls: parseZookeeperTls(config)
      }),
    clientTimeoutMs: drillRequestTimeoutMs,
    independentReader:
      overrides.independentReader ?? createIndependentReader({ ...servers, clientId: 'kops-drill-reader' }),
    createProducer: createDrillProducers({ ...servers, clientId: 'kops-drill' }),
    epochs,
    participants: [
      consumersOf({ engine: createMemberProcesses({ config, environment: memberEnvironment() }), groups }),
      transactionOf({
        ...{ reader: transactions, admit: admitTransactions, abortTransactions: abortOpen },
        createProducer: createHangingProducers({ ...servers, clientId: 'kops-drill' })
      })
    ],
    abortTransactions: abortOpen,
    connectAgent: connect,
    onProblem
  }
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
  const trail = await registerTrail(app, { writer: 'loadtest', config, kafka, admin, given: overrides.auditTrail })
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
  await app.register(gameDayRoutes, { streams })
  await app.register(capacityRoutes, { streams })
  return app

  /** Nothing waits for it: the trail spools while a drill keeps Kafka away. */
  function recordFault({ action, succeeded, drill: { id, kind, node }, event, place }: FaultNote): void {
    const mutation = {
      ...{ requestId: `drill-${id}-${place}`, action, dryRun: false, target: node },
      actor: { name: 'load-test-service', role: null, how: null, address: 'local' },
      note: { after: { drill: id, kind, ...event } }
    }
    const recorded = auditEvent(mutation, succeeded ? 'applied' : 'failed', { at: new Date(event.at) })
    trail.record(recorded).catch((error: unknown) => onProblem(error, `could not record ${action} of ${id}`))
  }

  /** undefined without a secret: who can write to the topic could make load otherwise. */
  function workersEngine(): LoadEngine | undefined {
    const secret = workerSecretOf(config)
    if (!secret) return undefined
    const topic = config.KOPS_LOAD_WORKERS_TOPIC
    const line = createServiceLine({
      kafka: { ...servers, clientId: 'kops-load-test' },
      reader,
      admin,
      topic,
      secret,
      onProblem
    })
    return createWorkersEngine({ line, clock, epochMs: preciseEpochMs, newId: () => randomBytes(8).toString('hex') })
  }

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
