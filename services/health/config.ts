import envSchema from 'env-schema'
import { type Static, Type } from 'typebox'
import { assertBindable, serviceConfigProperties } from '../../shared/http/service-config.ts'

export const HealthConfigSchema = Type.Object({
  ...serviceConfigProperties,
  KOPS_PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 8082, description: 'Port to listen on' }),
  KOPS_ZOOKEEPER_SERVERS: Type.String({
    default: '127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183',
    description: 'ZooKeeper nodes as host:port, separated by commas; empty for a cluster without ZooKeeper'
  }),
  KOPS_POLL_INTERVAL_MS: Type.Integer({
    minimum: 1000,
    default: 30_000,
    description: 'How often the cluster is read when nobody asks'
  }),
  KOPS_MAX_AGE_MS: Type.Integer({
    minimum: 0,
    default: 5000,
    description: 'An answer is never older than this: an older reading is made anew at the asking'
  })
})
export type HealthConfig = Static<typeof HealthConfigSchema>

/** @throws Error naming the setting that is not valid */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): HealthConfig {
  const config = envSchema<HealthConfig>({ schema: HealthConfigSchema, data: env, env: false, dotenv: false })
  assertBindable(config)
  return config
}
