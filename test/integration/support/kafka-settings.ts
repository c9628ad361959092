import { Type } from 'typebox'
import { type KafkaConfig, kafkaConfigProperties, parseKafka } from '#shared/kafka/settings.ts'
import { loadSettings } from '#shared/settings/load-settings.ts'

/** Settings of a service about Kafka, as it gets them from its environment. */
export type KafkaSettings = Partial<Record<keyof KafkaConfig, string>>

/** What services make of such settings. */
export function parseSettings(settings: KafkaSettings) {
  const schema = Type.Object(kafkaConfigProperties)
  return parseKafka(loadSettings(schema, settings, 'admin-service'))
}
