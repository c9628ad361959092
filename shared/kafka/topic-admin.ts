import {
  ConfigResourceTypes,
  createTopicsV7,
  deleteTopicsV6,
  IncrementalAlterConfigOperationTypes,
  incrementalAlterConfigsV1
} from '@platformatic/kafka'
import type { Assignment, TopicSpec } from '../contracts/topics.ts'
import { parseEndpoints } from './endpoints.ts'
import type { TopicAdmin } from './ports.ts'
import { onController } from './topic-admin-controller.ts'
import { toTopicError } from './topic-admin-errors.ts'

export interface TopicAdminOptions {
  /** `host:port`; some of them may be dead. */
  bootstrapServers: string[]
  clientId: string
}

/** The broker answers this long before the client stops waiting, so that its own word for a time-out arrives. */
const answerMarginMs = 500

/**
 * The TopicAdmin port. The requests are made at the level of the protocol because that is where Kafka's own words for a
 * refusal are to be had: kafkajs reads `error_message` and drops it, so that "Unknown topic config name: retention" becomes
 * "Configuration is invalid", and the Admin class of @platformatic/kafka cannot validate without creating.
 */
export function createTopicAdmin({ bootstrapServers, clientId }: TopicAdminOptions): TopicAdmin {
  const endpoints = parseEndpoints(bootstrapServers)
  const closing = new AbortController()
  const target = (timeoutMs: number) => ({
    bootstrapServers: endpoints,
    clientId,
    timeoutMs,
    signal: closing.signal
  })

  return {
    async createTopic({ name, partitions, replicationFactor, configs = {} }, { validateOnly, timeoutMs, assignment }) {
      const request = {
        name,
        ...placement({ partitions, replicationFactor }, assignment),
        configs: Object.entries(configs).map(([name, value]) => ({ name, value }))
      }
      await onController(target(timeoutMs), (connection, remainingMs) =>
        createTopicsV7.api.async(connection, [request], brokerTimeout(remainingMs), validateOnly)
      ).catch((error) => {
        throw toTopicError(error, Object.keys(configs))
      })
    },

    async deleteTopic(name, { timeoutMs }) {
      await onController(target(timeoutMs), (connection, remainingMs) =>
        deleteTopicsV6.api.async(connection, [{ name }], brokerTimeout(remainingMs))
      ).catch((error) => {
        throw toTopicError(error)
      })
    },

    async setTopicConfigs(topic, configs, { timeoutMs, validateOnly = false }) {
      const resource = {
        resourceType: ConfigResourceTypes.TOPIC,
        resourceName: topic,
        configs: Object.entries(configs).map(([name, value]) => ({
          name,
          configOperation: IncrementalAlterConfigOperationTypes.SET,
          value
        }))
      }
      await onController(target(timeoutMs), (connection) =>
        incrementalAlterConfigsV1.api.async(connection, [resource], validateOnly)
      ).catch((error) => {
        throw toTopicError(error, Object.keys(configs))
      })
    },

    async close() {
      closing.abort()
    }
  }
}

/** How many partitions and replicas, in a request: Kafka refuses numbers beside an assignment. */
export function placement({ partitions, replicationFactor }: Omit<TopicSpec, 'name'>, assignment?: Assignment) {
  if (assignment === undefined) return { numPartitions: partitions, replicationFactor, assignments: [] }
  const assignments = assignment.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }))
  return { numPartitions: -1, replicationFactor: -1, assignments }
}

function brokerTimeout(remainingMs: number): number {
  return Math.max(1, remainingMs - answerMarginMs)
}
