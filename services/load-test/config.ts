import { resolve } from 'node:path'
import envSchema from 'env-schema'
import { type Static, Type } from 'typebox'
import { assertBindable, serviceConfigProperties } from '#shared/http/service-config.ts'

const projectDir = resolve(import.meta.dirname, '../..')

export const LoadTestConfigSchema = Type.Object({
  ...serviceConfigProperties,
  KOPS_PORT: Type.Integer({ default: 8083, minimum: 0, maximum: 65535, description: 'Port to listen on' }),
  KOPS_ZOOKEEPER_SERVERS: Type.String({
    default: '',
    description:
      'ZooKeeper nodes as host:port, separated by commas. While they have no quorum, nothing is sent to a broker that would wait for it; empty for a cluster without ZooKeeper, or when they cannot be reached from here'
  }),
  KOPS_STATE_DIR: Type.String({
    default: resolve(projectDir, '.kops'),
    description: "The cluster's state folder: where the agent is found when KOPS_AGENT_SOCKET is not set"
  }),
  KOPS_AGENT_SOCKET: Type.String({
    default: '',
    description: 'Unix socket of the cluster agent; without one, drills are refused'
  }),
  KOPS_DATA_DIR: Type.String({
    default: resolve(projectDir, '.kops/load-test'),
    description: 'Where runs and drills are kept'
  }),
  KOPS_LOAD_TOPIC: Type.String({ default: 'log-events', description: 'Topic of a load test that names none' }),
  KOPS_LOAD_BATCH_BYTES: Type.Integer({
    default: 131_072,
    minimum: 1024,
    maximum: 1_000_000,
    description: 'A batch is closed at this size, before compression'
  }),
  KOPS_LOAD_LINGER_MS: Type.Integer({
    default: 5,
    minimum: 0,
    maximum: 1000,
    description: 'How long a batch that is not full waits for more events'
  }),
  KOPS_LOAD_BUFFER_BYTES: Type.Integer({
    default: 2_097_152,
    minimum: 65_536,
    maximum: 268_435_456,
    description: 'Events that are made and not acknowledged yet, in bytes: more raise throughput and latency'
  }),
  KOPS_LOAD_MAX_RUNS: Type.Integer({ default: 1, minimum: 1, maximum: 16, description: 'Load tests at a time' })
})
export type LoadTestConfig = Static<typeof LoadTestConfigSchema>

/** Reads the settings from the environment. @throws Error naming what is wrong with them */
export function loadConfig(data: NodeJS.ProcessEnv = process.env): LoadTestConfig {
  const config = envSchema<LoadTestConfig>({ schema: LoadTestConfigSchema, data, env: false })
  assertBindable(config)
  return config
}
