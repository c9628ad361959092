import { type Static, Type } from 'typebox'
import { assertBindable, serviceConfigProperties } from '#shared/http/service-config.ts'
import {
  consumerConfigProperties,
  consumerSettingsOf,
  producerConfigProperties,
  producerSettingsOf
} from '#shared/kafka/client-settings.ts'
import { defaultFetch } from '#shared/kafka/consuming/port.ts'
import { producerProfiles } from '#shared/kafka/producing/port.ts'
import { kafkaConfigProperties } from '#shared/kafka/settings.ts'
import { loadSettings } from '#shared/settings/load-settings.ts'

/** Topics of a definition that a setting replaces. */
function topicProperty<What extends 'EVENTS' | 'METRICS' | 'ALERTS'>(what: What, description: string) {
  const property = Type.String({
    default: '',
    aliases: [`STREAMING_${what}_TOPIC`],
    description: `${description}, instead of the one in the definition; empty: that one`
  })
  return { [`KOPS_ANALYTICS_${what}_TOPIC`]: property } as Record<`KOPS_ANALYTICS_${What}_TOPIC`, typeof property>
}

export const AnalyticsConfigSchema = Type.Object({
  ...serviceConfigProperties,
  ...kafkaConfigProperties,
  ...producerConfigProperties,
  ...consumerConfigProperties,
  ...topicProperty('EVENTS', 'Topic of events'),
  ...topicProperty('METRICS', 'Topic of results'),
  ...topicProperty('ALERTS', 'Topic of alerts'),
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

/** The topics that settings name. */
export function topicsOf(config: AnalyticsConfig): { events?: string; metrics?: string; alerts?: string } {
  const { KOPS_ANALYTICS_EVENTS_TOPIC: events, KOPS_ANALYTICS_METRICS_TOPIC: metrics } = config
  const { KOPS_ANALYTICS_ALERTS_TOPIC: alerts } = config
  return { ...(events && { events }), ...(metrics && { metrics }), ...(alerts && { alerts }) }
}

/**
 * What Kafka's own parameters may tune here: the rest follows from transactions and from how tasks take partitions over.
 * @returns with the parameters that have no effect, for the log
 * @throws Error naming the setting and its parameter that is wrong
 */
export function clientSettings(config: AnalyticsConfig) {
  // As the catalog stores these topics: brokers need not compress again.
  const own = { ...producerProfiles.durable, compression: 'lz4' as const }
  const producer = producerSettingsOf(config, own, ['acks', 'idempotent', 'compression'])
  if (producer.settings.acks !== 'all' || !producer.settings.idempotent) {
    throw new Error(
      'KOPS_PRODUCER_CONFIG: acks must be all, and enable.idempotence true: results are written exactly once'
    )
  }
  const consumer = consumerSettingsOf(
    config,
    { ...defaultFetch, sessionTimeoutMs: 10_000, heartbeatIntervalMs: 1000 },
    ['minBytes', 'maxWaitMs', 'offsetReset']
  )
  const { minBytes, maxWaitMs, offsetReset } = consumer.settings
  return {
    compression: producer.settings.compression,
    fetch: { minBytes, maxWaitMs },
    startAt: offsetReset,
    warnings: [...producer.warnings, ...consumer.warnings]
  }
}
