import { createTopicsV7, deleteTopicsV6, incrementalAlterConfigsV1 } from '@platformatic/kafka'
import { brokerTimeout, createController } from '../connection/controller.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { creationOf } from '../protocol/create-topics.ts'
import { alterationOf } from '../protocol/incremental-alter-configs.ts'
import { toTopicError } from './errors.ts'
import type { TopicAdmin } from './port.ts'

/**
 * The TopicAdmin port. It builds requests at the protocol level, which has Kafka's own message for a refusal: kafkajs
 * reads `error_message` and drops it, so that "Unknown topic config name: retention" becomes "Configuration is
 * invalid", and the Admin class of @platformatic/kafka cannot validate without creating.
 */
export function createTopicAdmin(options: ConnectionOptions): TopicAdmin {
  const controller = createController(options)

  return {
    async createTopic(spec, { validateOnly, timeoutMs, assignment }) {
      const request = creationOf(spec, assignment)
      await controller
        .change(timeoutMs, (connection, remainingMs) =>
          createTopicsV7.api.async(connection, [request], brokerTimeout(remainingMs), validateOnly)
        )
        .catch((error) => {
          throw toTopicError(error, Object.keys(spec.configs ?? {}))
        })
    },

    async deleteTopic(name, { timeoutMs }) {
      await controller
        .change(timeoutMs, (connection, remainingMs) =>
          deleteTopicsV6.api.async(connection, [{ name }], brokerTimeout(remainingMs))
        )
        .catch((error) => {
          throw toTopicError(error)
        })
    },

    async alterConfigs(topic, changes, { validateOnly, timeoutMs }) {
      await controller
        .change(timeoutMs, (connection) =>
          incrementalAlterConfigsV1.api.async(connection, [alterationOf('topic', topic, changes)], validateOnly)
        )
        .catch((error) => {
          throw toTopicError(error, Object.keys(changes))
        })
    },

    async close() {
      controller.close()
    }
  }
}
