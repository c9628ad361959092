import { Type } from 'typebox'
import { kafkaConfigProperties, parseKafka } from '#shared/kafka/settings.ts'
import { loadSettings, settingsFileProperty } from '#shared/settings/load-settings.ts'

const LoadBalancerConfigSchema = Type.Object({ ...settingsFileProperty, ...kafkaConfigProperties })

/**
 * How the load balancer reaches Kafka.
 * @param env the environment of the command
 * @throws Error naming the setting that is wrong
 */
export function loadKafka(env: NodeJS.ProcessEnv) {
  return parseKafka(loadSettings(LoadBalancerConfigSchema, env, 'load-balancer'))
}
