import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs'
import { formatEndpoint, parseEndpoints } from '../model.ts'
import type { ConnectionOptions } from './options.ts'
import { kafkajsSecurity } from './security.ts'

/** The other client, connected like the first one, and silent: it would log what the caller reports. */
export function createKafkajs(
  { bootstrapServers, clientId, security = {} }: Omit<ConnectionOptions, 'budget'>,
  timing: Pick<KafkaConfig, 'connectionTimeout' | 'requestTimeout' | 'retry'>
): Kafka {
  return new kafkajs.Kafka({
    clientId,
    brokers: parseEndpoints(bootstrapServers).map(formatEndpoint),
    logLevel: kafkajs.logLevel.NOTHING,
    ...timing,
    ...kafkajsSecurity(security)
  })
}
