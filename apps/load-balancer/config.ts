import { Type } from 'typebox'
import type { ProducerSettings } from '#shared/contracts/workload.ts'
import {
  type ConsumerSettings,
  consumerConfigProperties,
  consumerSettingsOf,
  producerConfigProperties,
  producerSettingsOf
} from '#shared/kafka/client-settings.ts'
import { producerProfiles } from '#shared/kafka/producing/port.ts'
import { kafkaConfigProperties, parseKafka } from '#shared/kafka/settings.ts'
import { loadSettings, settingsFileProperty } from '#shared/settings/load-settings.ts'

export const LoadBalancerConfigSchema = Type.Object({
  ...settingsFileProperty,
  ...kafkaConfigProperties,
  ...producerConfigProperties,
  ...consumerConfigProperties
})

/**
 * How the load balancer reaches Kafka.
 * @param env the environment of the command
 * @throws Error naming the setting that is wrong
 */
export function loadKafka(env: NodeJS.ProcessEnv) {
  return parseKafka(loadSettings(LoadBalancerConfigSchema, env, 'load-balancer'))
}

/** Without settings: a record waits for no other, and a member that is gone is soon replaced. */
const ownConsumer: ConsumerSettings = {
  ...{ minBytes: 1, maxWaitMs: 250 },
  ...{ sessionTimeoutMs: 10_000, heartbeatIntervalMs: 2000 }
}

/**
 * What its members consume with, which begin at the first record.
 * @param say hears of parameters that have no effect
 * @throws Error naming the setting and its parameter that is wrong
 */
export function loadConsumer(env: NodeJS.ProcessEnv, say: (line: string) => void): ConsumerSettings {
  const { settings, warnings } = consumerSettingsOf(
    loadSettings(LoadBalancerConfigSchema, env, 'load-balancer'),
    ownConsumer
  )
  if (settings.offsetReset === 'latest') {
    throw new Error(
      'KOPS_CONSUMER_CONFIG: auto.offset.reset must be earliest: what was written before is processed, too'
    )
  }
  for (const warning of warnings) say(warning)
  return settings
}

/** What it produces with. @throws Error, as loadConsumer() */
export function loadProducer(env: NodeJS.ProcessEnv, say: (line: string) => void): Required<ProducerSettings> {
  const own = { ...producerProfiles.durable, deliveryTimeoutMs: 30_000 }
  const { settings, warnings } = producerSettingsOf(loadSettings(LoadBalancerConfigSchema, env, 'load-balancer'), own)
  if (settings.acks !== 'all') {
    throw new Error('KOPS_PRODUCER_CONFIG: acks must be all: what is answered is on every in-sync replica')
  }
  for (const warning of warnings) say(warning)
  return settings
}
