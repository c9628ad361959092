import { resolve } from 'node:path'
import { type Static, Type } from 'typebox'
import { auditProperties } from '#shared/audit/settings.ts'
import type { DrillSchedule } from '#shared/contracts/drill-schedules.ts'
import { loadSchedules } from '#shared/gamedays/load-schedules.ts'
import { assertBindable, serviceConfigProperties } from '#shared/http/service-config.ts'
import { kafkaConfigProperties } from '#shared/kafka/settings.ts'
import { prometheusProperties } from '#shared/prometheus/settings.ts'
import { requestEventProperties } from '#shared/request-events/settings.ts'
import { secretOf } from '#shared/secret-settings.ts'
import { loadSettings } from '#shared/settings/load-settings.ts'
import { zookeeperServersProperty, zookeeperTlsProperties } from '#shared/zookeeper/settings.ts'
import type { WorkloadLimits } from './domain/load/resolve-workload.ts'

const projectDir = resolve(import.meta.dirname, '../..')

/** What one run may ask for: of the service, and of each load worker for itself. */
export const loadLimitProperties = {
  KOPS_LOAD_MAX_PER_SECOND: Type.Integer({
    default: 1_000_000,
    minimum: 1,
    description: 'Highest rate that a workload may ask for, in records per second'
  }),
  KOPS_LOAD_MAX_RECORDS: Type.Integer({
    default: 1_000_000_000,
    minimum: 1,
    description: 'Highest number of records of one load test'
  }),
  KOPS_LOAD_MAX_BYTES: Type.Integer({
    default: 107_374_182_400,
    minimum: 1,
    description: 'Most bytes of values that one load test may send, before compression and replication'
  }),
  KOPS_LOAD_MAX_SECONDS: Type.Integer({
    default: 86_400,
    minimum: 1,
    description: 'Longest duration that a workload may ask for'
  })
}

/** How load-test-service and its workers find and trust each other. */
export const loadWorkerProperties = {
  KOPS_LOAD_WORKERS_TOPIC: Type.String({
    default: 'kops-workers',
    pattern: '^kops-workers[a-zA-Z0-9._-]{0,200}$',
    description:
      'Topic through which load-test-service and its load workers speak, and name of their group; created if missing, like a second one ending in -talk. Give both sides the same name'
  }),
  KOPS_LOAD_WORKER_SECRET: Type.String({
    default: '',
    description:
      'Secret that load-test-service and its load workers share, 16 characters or more. It signs their messages: who can write to the topic, and does not know it, can make no load. Empty: there are no load workers'
  }),
  KOPS_LOAD_WORKER_SECRET_FILE: Type.String({ default: '', description: 'File with that secret instead' })
}

export const LoadTestConfigSchema = Type.Object({
  ...serviceConfigProperties,
  ...kafkaConfigProperties,
  ...zookeeperTlsProperties,
  KOPS_PORT: Type.Integer({ default: 8083, minimum: 0, maximum: 65535, description: 'Port to listen on' }),
  ...zookeeperServersProperty({
    default: '',
    more: '. While they have no quorum, the service sends brokers no request that would wait for it. Empty for a cluster without ZooKeeper, or if the nodes are unreachable from here'
  }),
  KOPS_STATE_DIR: Type.String({
    default: resolve(projectDir, '.kops'),
    description: 'State directory of the cluster whose agent serves drills if KOPS_AGENT_SOCKET is not set'
  }),
  KOPS_AGENT_SOCKET: Type.String({
    default: '',
    description:
      'Unix socket of the cluster agent, the one for drills. Empty: that of the cluster in KOPS_STATE_DIR; without one, the service refuses drills'
  }),
  KOPS_DATA_DIR: Type.String({
    default: resolve(projectDir, '.kops/load-test'),
    description: 'Directory for runs, drills and measurements of capacity'
  }),
  KOPS_GAMEDAYS: Type.String({
    default: resolve(projectDir, 'gamedays'),
    description: 'Folder of the ready game days that GET /api/gamedays/ready lists'
  }),
  KOPS_DRILL_SCHEDULES: Type.String({
    default: '',
    description:
      'File of schedules of drills and game days (docs/game-days.md), read at the start. Empty: nothing is started by itself'
  }),
  ...prometheusProperties(
    'Prometheus that scrapes the brokers and health-service, for the traffic and the disks of GET /api/capacity'
  ),
  ...requestEventProperties,
  ...auditProperties,
  KOPS_AUDIT: Type.Enum(['required', 'spool'], {
    default: 'spool',
    description:
      'What to do when Kafka cannot take audit events: spool the events to disk and continue, or refuse load tests and drills. Cancelling them is never refused'
  }),
  KOPS_MIN_FREE_BYTES: Type.Integer({
    default: 67_108_864,
    minimum: 0,
    description: 'The service refuses load tests and drills while the disk of KOPS_DATA_DIR has fewer bytes left'
  }),
  KOPS_LOAD_TOPIC: Type.String({ default: 'log-events', description: 'Default topic of a load test' }),
  KOPS_LOAD_BATCH_BYTES: Type.Integer({
    default: 131_072,
    minimum: 1024,
    maximum: 1_000_000,
    description: 'Size of a batch, as expected after compression; like the next two, for runs that set none'
  }),
  KOPS_LOAD_LINGER_MS: Type.Integer({
    default: 5,
    minimum: 0,
    maximum: 1000,
    description: 'How long an incomplete batch waits for more events'
  }),
  KOPS_LOAD_BUFFER_BYTES: Type.Integer({
    default: 33_554_432,
    minimum: 65_536,
    maximum: 268_435_456,
    description: 'Maximum bytes of unacknowledged events: a larger buffer raises throughput and latency'
  }),
  KOPS_LOAD_MIN_BROKER_FREE_BYTES: Type.Integer({
    default: 536_870_912,
    minimum: 0,
    description:
      'Free space that a load test leaves on the disk of every broker: one that needs more is refused, and one that reaches it is stopped'
  }),
  KOPS_LOAD_WORKLOADS: Type.String({
    default: resolve(projectDir, 'workloads'),
    description: 'Folder of the ready workloads that GET /api/loadtest/workloads lists'
  }),
  ...loadLimitProperties,
  ...loadWorkerProperties,
  KOPS_LOAD_MAX_RUNS: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 16,
    description: 'Maximum number of concurrent load tests, each on a topic of its own'
  }),
  KOPS_LOAD_RUNS_TOPIC: Type.String({
    default: 'kops-runs',
    pattern: '^(kops-runs[a-zA-Z0-9._-]{0,200})?$',
    description:
      'Compacted topic that keeps ended load tests and drills, created if missing, so that a service elsewhere knows them. Empty: the files of this service alone have them'
  }),
  KOPS_LOAD_STREAMS_MAX: Type.Integer({
    default: 100,
    minimum: 0,
    maximum: 10_000,
    description: 'Maximum number of concurrent event streams of load tests and drills together'
  })
})
export type LoadTestConfig = Static<typeof LoadTestConfigSchema>

/** What a load test may ask for, and what it gets without asking. */
export function loadTestSettings(config: LoadTestConfig) {
  return {
    defaults: {
      topic: config.KOPS_LOAD_TOPIC,
      producer: {
        batchBytes: config.KOPS_LOAD_BATCH_BYTES,
        lingerMs: config.KOPS_LOAD_LINGER_MS,
        bufferBytes: config.KOPS_LOAD_BUFFER_BYTES
      }
    },
    limits: loadLimits(config)
  }
}

const LoadLimitsSchema = Type.Object(loadLimitProperties)

/** What one run may ask for. */
export function loadLimits(config: Static<typeof LoadLimitsSchema>): WorkloadLimits {
  return {
    maxPerSecond: config.KOPS_LOAD_MAX_PER_SECOND,
    maxRecords: config.KOPS_LOAD_MAX_RECORDS,
    maxBytes: config.KOPS_LOAD_MAX_BYTES,
    maxSeconds: config.KOPS_LOAD_MAX_SECONDS
  }
}

/**
 * The schedules of drills and game days.
 * @throws KopsError validation_failed naming file, line and field
 */
export async function schedulesOf({ KOPS_DRILL_SCHEDULES: file }: LoadTestConfig, now: Date): Promise<DrillSchedule[]> {
  return file === '' ? [] : loadSchedules(resolve(file), resolve(projectDir, 'workloads'), now)
}

const leastSecret = 16

/**
 * The secret of load workers.
 * @returns undefined if none is set
 * @throws Error if it is too short, or its file cannot be read
 */
export function workerSecretOf(
  config: Pick<LoadTestConfig, 'KOPS_LOAD_WORKER_SECRET' | 'KOPS_LOAD_WORKER_SECRET_FILE'>
): (() => string) | undefined {
  const secret = secretOf(config, 'KOPS_LOAD_WORKER_SECRET')
  if (secret && secret().length < leastSecret) {
    throw new Error(`KOPS_LOAD_WORKER_SECRET needs ${leastSecret} characters or more`)
  }
  return secret
}

/** Where Node.js finds the authorities that it trusts, beside its own. */
const trusted = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR']

/** What members of a drill's group get of the environment: no setting of the service, and no secret. */
export function memberEnvironment(data: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(trusted.flatMap((name) => (data[name] === undefined ? [] : [[name, data[name]]])))
}

/** Reads the settings from the environment. @throws Error naming what is wrong with them */
export function loadConfig(data: NodeJS.ProcessEnv = process.env): LoadTestConfig {
  const config = loadSettings(LoadTestConfigSchema, data, 'load-test-service')
  assertBindable(config)
  return config
}
