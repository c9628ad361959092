import { type describeConfigsV4, ResourceTypes } from '@platformatic/kafka'
import type { TopicConfigEntry } from '../../contracts/topic-configs.ts'
import { kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import { spoken } from '../connection/versions.ts'
import { sourceName } from '../protocol/describe-configs.ts'

/** @throws KopsError topic_not_found */
export async function readConfigEntries(
  link: BrokerLink,
  topic: string,
  signal: AbortSignal
): Promise<TopicConfigEntry[]> {
  const resource = { resourceType: ResourceTypes.TOPIC, resourceName: topic, configurationKeys: null }
  const includeSynonyms = true
  const { results } = await link.request(spoken.describeConfigs, [[resource], includeSynonyms], signal)
  return results.flatMap(({ errorCode, errorMessage, configs }) => {
    if (errorCode !== 0) throw kafkaRefusal(errorCode, `Reading the configuration of ${topic}`, errorMessage)
    return configs.map(toConfigEntry).sort((a, b) => (a.name < b.name ? -1 : 1))
  })
}

/** The default of a setting is what comes first of its synonyms when the topic's own override is left out. */
export function toConfigEntry(
  config: Pick<
    describeConfigsV4.DescribeConfigsResponseConfig,
    'name' | 'value' | 'configSource' | 'readOnly' | 'isSensitive' | 'synonyms'
  >
): TopicConfigEntry {
  const shown = (value: string | null | undefined) => (config.isSensitive ? null : (value ?? null))
  const synonyms = config.synonyms.map(({ name, value, source }) => ({
    name,
    value: shown(value),
    source: sourceName(source)
  }))
  const source = sourceName(config.configSource)
  const overridden = source === 'dynamic_topic'
  const inherited = synonyms.find((synonym) => synonym.source !== 'dynamic_topic')
  return {
    name: config.name,
    value: shown(config.value),
    source,
    overridden,
    default: inherited?.value ?? (overridden ? null : shown(config.value)),
    readOnly: config.readOnly,
    sensitive: config.isSensitive,
    synonyms
  }
}
