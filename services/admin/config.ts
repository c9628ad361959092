import envSchema from 'env-schema'
import { type Static, Type } from 'typebox'
import { assertBindable, serviceConfigProperties } from '../../shared/http/service-config.ts'

export const AdminConfigSchema = Type.Object({
  ...serviceConfigProperties,
  KOPS_PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 8081, description: 'Port to listen on' }),
  KOPS_DATA_DIR: Type.String({ default: '.kops/admin', description: 'Folder of what must survive a restart' }),
  KOPS_CATALOG_DIR: Type.String({
    default: 'catalog',
    description: 'Folder of the catalogs that belong to this cluster'
  }),
  KOPS_AUDIT: Type.Enum(['required', 'spool'], {
    default: 'required',
    description: 'When Kafka cannot take audit events: refuse mutations, or keep the events on disk and carry on'
  }),
  KOPS_AUDIT_TOPIC: Type.String({ default: 'audit-logs', description: 'Topic of the audit trail; made when missing' }),
  KOPS_AUDIT_REPLICATION_FACTOR: Type.Integer({ minimum: 1, maximum: 9, default: 3 })
})
export type AdminConfig = Static<typeof AdminConfigSchema>

/** @throws Error naming the setting that is not valid */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): AdminConfig {
  const config = envSchema<AdminConfig>({ schema: AdminConfigSchema, data: env, env: false, dotenv: false })
  assertBindable(config)
  return config
}
