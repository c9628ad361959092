import type { TSchema } from 'typebox'
import { kafkaConfigProperties } from '../../kafka/settings.ts'
import { aliasesOf } from '../../settings/load-settings.ts'
import { type ClusterDefinition, defaultPorts } from '../definition.ts'
import { kafkaSettings } from './kafka-settings.ts'

const properties: Record<string, TSchema> = kafkaConfigProperties
const brokers = 'KOPS_BOOTSTRAP_SERVERS'

/** Whether an environment names a setting of Kafka, under whichever name. */
function names(env: NodeJS.ProcessEnv, setting: string): boolean {
  return [setting, ...aliasesOf(properties[setting] ?? {})].some((name) => env[name])
}

/** Whether an environment says where brokers are. */
export function namesBrokers(env: NodeJS.ProcessEnv): boolean {
  return names(env, brokers)
}

/**
 * Variables for what connects to Kafka itself: an environment, with the brokers of a cluster on this machine and the access to them
 * where it names none.
 * @param definition undefined: brokers at Kafka's own ports, in plain text
 * @param given brokers that go before those of the environment
 */
export function kafkaVariables(
  env: NodeJS.ProcessEnv,
  {
    definition,
    stateDir,
    given
  }: { definition: ClusterDefinition | undefined; stateDir: string; given?: string | undefined }
): NodeJS.ProcessEnv {
  const ports = definition?.ports.kafka ?? defaultPorts.kafka
  const settings = {
    [brokers]: ports.map((port) => `127.0.0.1:${port}`).join(','),
    ...(definition ? kafkaSettings(definition, stateDir) : {})
  }
  const unnamed = Object.entries(settings).filter(([setting]) => !names(env, setting))
  const variables = { ...env, ...Object.fromEntries(unnamed) }
  if (given === undefined) return variables
  for (const alias of aliasesOf(properties[brokers] ?? {})) delete variables[alias]
  return { ...variables, [brokers]: given, KOPS_KAFKA_LISTENER: 'external' }
}
