import { KopsError } from '../../errors/catalog.ts'
import { kafkaRefusal } from '../connection/errors.ts'
import type { BrokerLink } from '../connection/link.ts'
import { describeConfigs, toConfigEntry } from '../protocol/describe-configs.ts'

/** Some settings of a broker, which alone knows them. @throws KopsError kafka_not_authorized, kafka_refused */
export async function readBrokerSettings(
  link: BrokerLink,
  broker: number,
  names: readonly string[],
  signal: AbortSignal
): Promise<ReadonlyMap<string, string>> {
  const [result] = await describeConfigs(link, 'broker', [String(broker)], { names }, signal)
  if (!result) throw new KopsError('internal', 'The answer of the broker lacks its configuration')
  if (result.errorCode !== 0) {
    throw kafkaRefusal(result.errorCode, 'Reading the configuration of brokers', result.errorMessage)
  }
  const entries = result.configs.map(toConfigEntry)
  return new Map(entries.flatMap(({ name, value }): [string, string][] => (value === null ? [] : [[name, value]])))
}
