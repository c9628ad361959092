import { incrementalAlterConfigsV1 } from '@platformatic/kafka'
import type { BrokerConfigEntry } from '../../contracts/brokers.ts'
import { fieldError, isKopsError, KopsError } from '../../errors/catalog.ts'
import { createBrokers } from '../connection/brokers.ts'
import { withDeadline } from '../connection/deadline.ts'
import { kafkaErrorName, kafkaRefusal } from '../connection/errors.ts'
import { askAny, askEach, toWarnings } from '../connection/fan-out.ts'
import type { BrokerLink } from '../connection/link.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { brokerName } from '../model.ts'
import { describeConfigs, synonymsOf, toConfigEntry } from '../protocol/describe-configs.ts'
import { alterationOf, configField } from '../protocol/incremental-alter-configs.ts'
import { describeLogDirs, toLogDir } from './log-dirs.ts'
import type { BrokerAdmin } from './port.ts'

/** The resource name of the cluster-wide default. */
const defaultResource = ''

/** The BrokerAdmin port, over one kept connection to each broker. */
export function createBrokerAdmin(options: ConnectionOptions): BrokerAdmin {
  const brokers = createBrokers(options)
  const closing = new AbortController()

  /** The broker itself, which alone knows and changes its configuration; for the cluster-wide default any broker. */
  async function ask<T>(
    broker: number | null,
    signal: AbortSignal,
    question: (link: BrokerLink) => Promise<T>
  ): Promise<T> {
    const links = await brokers.links(signal)
    if (broker === null) return askAny(links, question)
    return question(await linkOf(broker, signal))
  }

  /** A broker that has started since the last reading of the cluster is not known yet. */
  async function linkOf(broker: number, signal: AbortSignal): Promise<BrokerLink> {
    if (!(await brokers.ids(signal)).includes(broker)) await brokers.reachableViews([], signal)
    return brokers.link(broker)
  }

  function alter(
    link: BrokerLink,
    alterations: ReturnType<typeof alterationOf>[],
    validateOnly: boolean,
    signal: AbortSignal
  ) {
    return link.request([incrementalAlterConfigsV1.api], [alterations, validateOnly], signal)
  }

  return {
    logDirs(options) {
      return withDeadline(options, closing.signal, async (signal) => {
        await brokers.reachableViews([], signal)
        const { answers, failures } = await askEach(
          await brokers.ids(signal),
          'Reading log directories',
          async (broker) => (await describeLogDirs(brokers.link(broker), null, signal)).map(toLogDir)
        )
        return { value: new Map(answers), warnings: toWarnings(failures, brokerName) }
      })
    },

    configs(broker, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const resourceName = broker === null ? defaultResource : String(broker)
        const [result] = await ask(broker, signal, (link) =>
          describeConfigs(link, 'broker', [resourceName], { synonyms: true }, signal)
        )
        if (result === undefined) throw new KopsError('internal', 'The answer of the broker lacks its configuration')
        if (result.errorCode !== 0) {
          throw kafkaRefusal(result.errorCode, 'Reading the configuration of brokers', result.errorMessage)
        }
        return result.configs
          .map((config): BrokerConfigEntry => ({ ...toConfigEntry(config), synonyms: synonymsOf(config) }))
          .sort((a, b) => (a.name < b.name ? -1 : 1))
      })
    },

    alterConfigs(broker, changes, { validateOnly, ...options }) {
      return withDeadline(options, closing.signal, async (signal) => {
        const resourceName = broker === null ? defaultResource : String(broker)
        const { responses } = await ask(broker, signal, (link) =>
          alter(link, [alterationOf('broker', resourceName, changes)], validateOnly, signal)
        )
        const { errorCode = 0, errorMessage = null } = responses[0] ?? {}
        if (errorCode !== 0) throw toBrokerConfigError(errorCode, errorMessage, Object.keys(changes))
      })
    },

    alterTopicConfigs(changes, { timeoutMs }) {
      return withDeadline({ deadlineMs: timeoutMs }, closing.signal, async (signal) => {
        if (changes.size === 0) return []
        const alterations = Array.from(changes, ([topic, ofTopic]) => alterationOf('topic', topic, ofTopic))
        const { responses } = await askAny(await brokers.links(signal), (link) =>
          alter(link, alterations, false, signal)
        )
        const refusals = responses
          .filter(({ errorCode }) => errorCode !== 0)
          .map(({ resourceName, errorCode, errorMessage }) => ({
            topic: resourceName,
            error: kafkaRefusal(errorCode, `Changing the configuration of ${resourceName}`, errorMessage)
          }))
        const serious = refusals.find(({ error }) => !isKopsError(error, 'topic_not_found'))
        if (serious) throw serious.error
        return refusals.map(({ topic }) => topic)
      })
    },

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The service is closing'))
      brokers.close()
    }
  }
}

/** Kafka answers INVALID_REQUEST for values that it does not accept in a broker, and INVALID_CONFIG for some. */
function toBrokerConfigError(errorCode: number, message: string | null | undefined, names: string[]): KopsError {
  const kafkaError = kafkaErrorName(errorCode)
  if (kafkaError !== 'INVALID_REQUEST' && kafkaError !== 'INVALID_CONFIG') {
    return kafkaRefusal(errorCode, 'Changing the configuration of brokers', message)
  }
  const words = (message ?? kafkaError).replace(
    /^Invalid (?:config value|value [^ ]+) for resource ConfigResource\([^)]*\): /,
    ''
  )
  return fieldError('broker_config_invalid', configField(words.replaceAll(/[()]/g, ' '), names), words, { kafkaError })
}
