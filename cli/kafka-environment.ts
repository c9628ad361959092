import { loadDefinition } from '#shared/cluster/definition.ts'
import { kafkaVariables, namesBrokers } from '#shared/cluster/security/kafka-variables.ts'
import { environment } from './config.ts'

/**
 * The environment of what connects to Kafka itself: this one, and for what it does not name the cluster that is set up here.
 * @param given brokers of the command line, which go before both
 */
export async function kafkaEnvironment(stateDir: string, given?: string): Promise<NodeJS.ProcessEnv> {
  return kafkaVariables(environment(), { definition: await loadDefinition(stateDir), stateDir, given })
}

/** Whether a variable says where brokers are. */
export function environmentNamesBrokers(): boolean {
  return namesBrokers(environment())
}
