import { ConfigSources, ResourceTypes } from '@platformatic/kafka'
import type { Warning } from '../../contracts/common.ts'
import type { ConfigEntry } from '../../contracts/topics.ts'
import { kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import { spoken } from '../connection/versions.ts'
import type { Reading } from '../model.ts'

const sourceNames: Record<number, string> = {
  [ConfigSources.DYNAMIC_TOPIC_CONFIG]: 'dynamic_topic',
  [ConfigSources.DYNAMIC_BROKER_CONFIG]: 'dynamic_broker',
  [ConfigSources.DYNAMIC_DEFAULT_BROKER_CONFIG]: 'dynamic_default_broker',
  [ConfigSources.STATIC_BROKER_CONFIG]: 'static_broker',
  [ConfigSources.DEFAULT_CONFIG]: 'default'
}

/** Where a value comes from, in the contract's words. */
export function sourceName(source: number): string {
  return sourceNames[source] ?? 'unknown'
}

/**
 * Configuration of topics as one broker has it. A topic that it refuses to tell about becomes a warning.
 * @param names only these settings; all of them when undefined
 */
export async function readTopicConfigs(
  link: BrokerLink,
  topics: readonly string[],
  names: readonly string[] | undefined,
  signal: AbortSignal
): Promise<Reading<Map<string, ConfigEntry[]>>> {
  const configurationKeys = names ? [...names] : null
  const response = await link.request(
    spoken.describeConfigs,
    [topics.map((resourceName) => ({ resourceType: ResourceTypes.TOPIC, resourceName, configurationKeys }))],
    signal
  )
  const value = new Map<string, ConfigEntry[]>()
  const warnings: Warning[] = []
  for (const { resourceName, errorCode, errorMessage, configs } of response.results) {
    if (errorCode !== 0) {
      const { code, message } = kafkaRefusal(errorCode, `Reading the configuration of ${resourceName}`, errorMessage)
      warnings.push({ code, message, target: resourceName })
      continue
    }
    value.set(
      resourceName,
      configs.map(({ name, value, configSource, readOnly, isSensitive }) => ({
        name,
        value: isSensitive ? null : (value ?? null),
        source: sourceName(configSource),
        readOnly,
        sensitive: isSensitive
      }))
    )
  }
  return { value, warnings }
}
