import { type Static, Type } from 'typebox'
import { assertBindable, serviceConfigProperties } from '#shared/http/service-config.ts'
import { kafkaConfigProperties } from '#shared/kafka/settings.ts'
import { loadSettings } from '#shared/settings/load-settings.ts'

export const AnalyticsConfigSchema = Type.Object({
  ...serviceConfigProperties,
  ...kafkaConfigProperties,
  KOPS_PORT: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: 8086,
    description: 'Port of /livez and /metrics; 0: any that is free, for several processes on a machine'
  })
})
export type AnalyticsConfig = Static<typeof AnalyticsConfigSchema>

/** Reads the settings from the environment. @throws Error naming what is wrong with them */
export function loadAnalyticsConfig(data: NodeJS.ProcessEnv = process.env): AnalyticsConfig {
  const config = loadSettings(AnalyticsConfigSchema, data, 'analytics')
  assertBindable(config)
  return config
}
