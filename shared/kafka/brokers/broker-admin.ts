import { incrementalAlterConfigsV1, ProtocolError } from '@platformatic/kafka'
import type { BrokerConfigEntry } from '../../contracts/brokers.ts'
import { fieldError, KopsError } from '../../errors/catalog.ts'
import { createController } from '../connection/controller.ts'
import { withDeadline } from '../connection/deadline.ts'
import { kafkaErrorName, kafkaRefusal, wholeAnswer, wrapKafkaError } from '../connection/errors.ts'
import { askAny, askEach, toWarnings } from '../connection/fan-out.ts'
import type { BrokerLink } from '../connection/link.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { poolOf } from '../connection/pool.ts'
import { spoken } from '../connection/versions.ts'
import { brokerName } from '../model.ts'
import { describeConfigs, synonymsOf, toConfigEntry } from '../protocol/describe-configs.ts'
import { alterationOf, configField } from '../protocol/incremental-alter-configs.ts'
import { unregisterBrokerV0 } from '../protocol/unregister-broker.ts'
import { describeLogDirs, toLogDir } from './log-dirs.ts'
import type { BrokerAdmin, BrokerVersions } from './port.ts'

/** The resource name of the cluster-wide default. */
const defaultResource = ''

/** The BrokerAdmin port, over one kept connection to each broker. */
export function createBrokerAdmin(options: ConnectionOptions): BrokerAdmin & BrokerVersions {
  const pool = poolOf(options)
  const { brokers } = pool
  const controller = createController({ ...options, pool })
  const closing = new AbortController()

  /** A broker that has started since the last reading of the cluster is not known yet. */
  async function linkOf(broker: number, signal: AbortSignal): Promise<BrokerLink> {
    if (!(await brokers.ids(signal)).includes(broker)) await brokers.reachableViews([], signal)
    return brokers.link(broker)
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
        // The broker itself, which alone knows its configuration; for the cluster-wide default any broker.
        const links = broker === null ? await brokers.links(signal) : [await linkOf(broker, signal)]
        const [result] = await askAny(links, (link) =>
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

    async unregister(broker, { timeoutMs }) {
      const { errorCode, errorMessage } = await controller
        .change(timeoutMs, async (connection) => {
          const answer = await unregisterBrokerV0.async(connection, broker)
          // So that another controller is looked for.
          if (kafkaErrorName(answer.errorCode) === 'NOT_CONTROLLER') throw new ProtocolError(answer.errorCode, null)
          return answer
        })
        .catch((error) => {
          throw wrapKafkaError(error, 'Unregistering a broker')
        })
      if (kafkaErrorName(errorCode) === 'BROKER_ID_NOT_REGISTERED') return false
      if (errorCode !== 0) throw kafkaRefusal(errorCode, 'Unregistering a broker', errorMessage)
      return true
    },

    versions(broker, options) {
      return withDeadline(options, closing.signal, async (signal) => {
        const link = await linkOf(broker, signal)
        const { apiKeys, finalizedFeatures = [] } = await link.request(spoken.apiVersions, ['kops', '1'], signal)
        return {
          features: Object.fromEntries(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel])),
          apis: Object.fromEntries(
            apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]])
          )
        }
      })
    },

    alterConfigs(broker, changes, { validateOnly, ...options }) {
      return withDeadline(options, closing.signal, async (signal) => {
        const resourceName = broker === null ? defaultResource : String(broker)
        const alterations = [alterationOf('broker', resourceName, changes)]
        const { responses } =
          broker === null
            ? await controller.change(options.deadlineMs, (connection) =>
                wholeAnswer(incrementalAlterConfigsV1.api.async(connection, alterations, validateOnly))
              )
            : await (await linkOf(broker, signal)).request(
                [incrementalAlterConfigsV1.api],
                [alterations, validateOnly],
                signal
              )
        const { errorCode = 0, errorMessage = null } = responses[0] ?? {}
        if (errorCode !== 0) throw toBrokerConfigError(errorCode, errorMessage, Object.keys(changes))
      })
    },

    async close() {
      closing.abort(new KopsError('cluster_unreachable', 'The service is closing'))
      controller.close()
      pool.close()
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
