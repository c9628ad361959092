import { ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka'

/**
 * Changes of a topic's configuration as IncrementalAlterConfigs has them (KIP-339): the others stay.
 * @param changes values by name; null takes an override away
 */
export function alterationOf(topic: string, changes: Record<string, string | null>) {
  return {
    resourceType: ConfigResourceTypes.TOPIC,
    resourceName: topic,
    configs: alterations(changes)
  }
}

/** The changes themselves, of a topic or a broker. */
export function alterations(changes: Record<string, string | null>) {
  return Object.entries(changes).map(([name, value]) =>
    value === null
      ? { name, configOperation: IncrementalAlterConfigOperationTypes.DELETE }
      : { name, configOperation: IncrementalAlterConfigOperationTypes.SET, value }
  )
}

/** `configs.<name>` of the override that a message names; `configs` when it names none of them. */
export function configField(message: string, configs: string[]): string {
  const words = new Set(message.split(/[\s:,;'"]+/).map((word) => word.replace(/\.$/, '')))
  const named = configs.find((name) => words.has(name))
  return named === undefined ? 'configs' : `configs.${named}`
}
