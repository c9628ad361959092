import envSchema from 'env-schema'
import { type Static, Type } from 'typebox'
import { assertBindable, serviceConfigProperties } from '../../shared/http/service-config.ts'

export const AdminConfigSchema = Type.Object({
  ...serviceConfigProperties,
  KOPS_PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 8081, description: 'Port to listen on' })
})
export type AdminConfig = Static<typeof AdminConfigSchema>

/** @throws Error naming the setting that is not valid */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): AdminConfig {
  const config = envSchema<AdminConfig>({ schema: AdminConfigSchema, data: env, env: false, dotenv: false })
  assertBindable(config)
  return config
}
