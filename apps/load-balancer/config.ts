import envSchema from 'env-schema'
import { Type } from 'typebox'
import { type KafkaConfig, kafkaConfigProperties, parseKafka } from '#shared/kafka/settings.ts'

const LoadBalancerConfigSchema = Type.Object(kafkaConfigProperties)

/**
 * How the load balancer reaches Kafka.
 * @param env the environment of the command
 * @throws Error naming the setting that is wrong
 */
export function loadKafka(env: NodeJS.ProcessEnv) {
  return parseKafka(envSchema<KafkaConfig>({ schema: LoadBalancerConfigSchema, data: env, env: false }))
}
