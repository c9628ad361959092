import { hostname } from 'node:os'
import { type Static, Type } from 'typebox'
import { auditTopicProperty } from '#shared/audit/settings.ts'
import { kafkaConfigProperties } from '#shared/kafka/settings.ts'
import { loadSettings, settingsFileProperty } from '#shared/settings/load-settings.ts'
import { loadLimitProperties, loadWorkerProperties } from '../config.ts'

export const LoadWorkerConfigSchema = Type.Object({
  ...settingsFileProperty,
  ...kafkaConfigProperties,
  ...loadWorkerProperties,
  KOPS_LOAD_WORKER_HOST: Type.String({
    default: '',
    description: 'Name under which results show the host of a load worker; empty: that of the machine'
  }),
  ...loadLimitProperties,
  ...auditTopicProperty
})
export type LoadWorkerConfig = Static<typeof LoadWorkerConfigSchema>

/** Reads the settings from the environment. @throws Error naming what is wrong with them */
export function loadWorkerConfig(data: NodeJS.ProcessEnv = process.env): LoadWorkerConfig {
  const config = loadSettings(LoadWorkerConfigSchema, data, 'load-worker')
  return { ...config, KOPS_LOAD_WORKER_HOST: config.KOPS_LOAD_WORKER_HOST || hostname() }
}
