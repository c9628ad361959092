import { ConfigResourceTypes, ConfigSources, type describeConfigsV4 } from '@platformatic/kafka'
import type { ConfigEntry } from '../../contracts/topics.ts'
import type { BrokerLink } from '../connection/link.ts'
import { spoken } from '../connection/versions.ts'

const resourceTypes = { topic: ConfigResourceTypes.TOPIC, broker: ConfigResourceTypes.BROKER }

/** A setting as DescribeConfigs reports it. */
export type DescribedConfig = Pick<
  describeConfigsV4.DescribeConfigsResponseConfig,
  'name' | 'value' | 'configSource' | 'readOnly' | 'isSensitive' | 'synonyms'
>

export interface DescribeConfigsOptions {
  /** Only these settings; undefined: all. */
  names?: readonly string[] | undefined
  /** Also the values that a setting would fall back to. */
  synonyms?: boolean
}

/** The configuration of topics or brokers, as one broker knows it. Error codes stay in the results. */
export async function describeConfigs(
  link: BrokerLink,
  type: keyof typeof resourceTypes,
  resources: readonly string[],
  { names, synonyms = false }: DescribeConfigsOptions,
  signal: AbortSignal
): Promise<describeConfigsV4.DescribeConfigsResponseResult[]> {
  const request = resources.map((resourceName) => ({
    resourceType: resourceTypes[type],
    resourceName,
    configurationKeys: names ? [...names] : null
  }))
  const { results } = await link.request(spoken.describeConfigs, [request, synonyms], signal)
  return results
}

/** A setting without its value if that is secret. */
export function toConfigEntry(config: DescribedConfig): ConfigEntry {
  return {
    name: config.name,
    value: shown(config, config.value),
    source: sourceName(config.configSource),
    readOnly: config.readOnly,
    sensitive: config.isSensitive
  }
}

/** The values of a setting by precedence, without secret ones. */
export function synonymsOf(config: DescribedConfig): { name: string; value: string | null; source: string }[] {
  return config.synonyms.map(({ name, value, source }) => ({
    name,
    value: shown(config, value),
    source: sourceName(source)
  }))
}

function shown({ isSensitive }: DescribedConfig, value: string | null | undefined): string | null {
  return isSensitive ? null : (value ?? null)
}

const sourceNames: Record<number, string> = {
  [ConfigSources.DYNAMIC_TOPIC_CONFIG]: 'dynamic_topic',
  [ConfigSources.DYNAMIC_BROKER_CONFIG]: 'dynamic_broker',
  [ConfigSources.DYNAMIC_DEFAULT_BROKER_CONFIG]: 'dynamic_default_broker',
  [ConfigSources.STATIC_BROKER_CONFIG]: 'static_broker',
  [ConfigSources.DEFAULT_CONFIG]: 'default'
}

/** The source of a value, in the contract's terms. */
function sourceName(source: number): string {
  return sourceNames[source] ?? 'unknown'
}
