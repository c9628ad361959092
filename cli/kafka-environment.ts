import { defaultPorts, loadDefinition } from '#shared/cluster/definition.ts'
import { kafkaSettings } from '#shared/cluster/security/kafka-settings.ts'
import { variablesOver } from './config.ts'

/**
 * The environment of what connects to Kafka itself: this one, with the brokers of the cluster that is set up here and the access to
 * them, where it names none (KOPS_BOOTSTRAP_SERVERS, KOPS_KAFKA_…).
 */
export async function kafkaEnvironment(stateDir: string): Promise<NodeJS.ProcessEnv> {
  const definition = await loadDefinition(stateDir)
  const ports = definition?.ports.kafka ?? defaultPorts.kafka
  return variablesOver({
    KOPS_BOOTSTRAP_SERVERS: ports.map((port) => `127.0.0.1:${port}`).join(','),
    ...(definition ? kafkaSettings(definition, stateDir) : {})
  })
}
