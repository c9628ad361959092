import { ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka'
import type { ConfigChanges } from '../model.ts'

const resourceTypes = { topic: ConfigResourceTypes.TOPIC, broker: ConfigResourceTypes.BROKER } as const

/** Changes of one topic or broker for IncrementalAlterConfigs (KIP-339), which keeps all other settings. */
export function alterationOf(type: keyof typeof resourceTypes, resourceName: string, changes: ConfigChanges) {
  return {
    resourceType: resourceTypes[type],
    resourceName,
    configs: Object.entries(changes).map(([name, value]) =>
      value === null
        ? { name, configOperation: IncrementalAlterConfigOperationTypes.DELETE }
        : { name, configOperation: IncrementalAlterConfigOperationTypes.SET, value }
    )
  }
}

/** `configs.<name>` of the override that a message names; `configs` if it names none of them. */
export function configField(message: string, configs: string[]): string {
  const words = new Set(message.split(/[\s:,;'"]+/).map((word) => word.replace(/\.$/, '')))
  const named = configs.find((name) => words.has(name))
  return named === undefined ? 'configs' : `configs.${named}`
}
