import type { Warning } from '../../contracts/common.ts'
import type { TopicConfigEntry } from '../../contracts/topic-configs.ts'
import type { ConfigEntry } from '../../contracts/topics.ts'
import { kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import type { Reading } from '../model.ts'
import { type DescribedConfig, describeConfigs, synonymsOf, toConfigEntry } from '../protocol/describe-configs.ts'

/**
 * Configuration of topics as one broker has it. A topic that it refuses to report becomes a warning.
 * @param names only these settings; undefined: all
 */
export async function readTopicConfigs(
  link: BrokerLink,
  topics: readonly string[],
  names: readonly string[] | undefined,
  signal: AbortSignal
): Promise<Reading<Map<string, ConfigEntry[]>>> {
  const value = new Map<string, ConfigEntry[]>()
  const warnings: Warning[] = []
  const results = await describeConfigs(link, 'topic', topics, { names }, signal)
  for (const { resourceName, errorCode, errorMessage, configs } of results) {
    if (errorCode === 0) value.set(resourceName, configs.map(toConfigEntry))
    else {
      const { code, message } = kafkaRefusal(errorCode, `Reading the configuration of ${resourceName}`, errorMessage)
      warnings.push({ code, message, target: resourceName })
    }
  }
  return { value, warnings }
}

/** The whole configuration of one topic. @throws KopsError topic_not_found */
export async function readConfigEntries(
  link: BrokerLink,
  topic: string,
  signal: AbortSignal
): Promise<TopicConfigEntry[]> {
  const results = await describeConfigs(link, 'topic', [topic], { synonyms: true }, signal)
  return results.flatMap(({ errorCode, errorMessage, configs }) => {
    if (errorCode !== 0) throw kafkaRefusal(errorCode, `Reading the configuration of ${topic}`, errorMessage)
    return configs.map(toTopicConfigEntry).sort((a, b) => (a.name < b.name ? -1 : 1))
  })
}

/** The default of a setting is the first of its synonyms that is not the topic's own override. */
function toTopicConfigEntry(config: DescribedConfig): TopicConfigEntry {
  const { name, value, source, readOnly, sensitive } = toConfigEntry(config)
  const synonyms = synonymsOf(config)
  const overridden = source === 'dynamic_topic'
  const inherited = synonyms.find((synonym) => synonym.source !== 'dynamic_topic')
  return {
    name,
    value,
    source,
    overridden,
    default: inherited?.value ?? (overridden ? null : value),
    readOnly,
    sensitive,
    synonyms
  }
}
