import { ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka'
import type { Assignment, TopicSpec } from '../contracts/topic-specs.ts'
import { parseEndpoints } from './endpoints.ts'
import { createRequestBudget, type RequestBudget, unwatched } from './request-budget.ts'
import type { ControllerOptions } from './topic-admin-controller.ts'

export interface TopicAdminOptions {
  /** `host:port`; some of them may be dead. */
  bootstrapServers: string[]
  clientId: string
  /** Of this process; one of its own when undefined. */
  budget?: RequestBudget
}

/** Where to find the controller, for each call by itself, until closed. */
export interface ControllerTarget {
  /** @param timeoutMs how long the whole call may take */
  within(timeoutMs: number): ControllerOptions
  /** What is in flight rejects. Idempotent. */
  close(): void
}

/** @throws Error when a server is not `host:port` */
export function createControllerTarget({
  bootstrapServers,
  clientId,
  budget = createRequestBudget(unwatched)
}: TopicAdminOptions): ControllerTarget {
  const endpoints = parseEndpoints(bootstrapServers)
  const closing = new AbortController()
  return {
    within: (timeoutMs) => ({ bootstrapServers: endpoints, clientId, budget, timeoutMs, signal: closing.signal }),
    close: () => closing.abort()
  }
}

/** The broker answers this long before the client stops waiting, so that its own word for a time-out arrives. */
const answerMarginMs = 500

/** The time-out that a request tells the broker. */
export function brokerTimeout(remainingMs: number): number {
  return Math.max(1, remainingMs - answerMarginMs)
}

/** A topic as CreateTopics has it. */
export function creationOf(
  { name, partitions, replicationFactor, configs = {} }: TopicSpec,
  assignment: Assignment | undefined
) {
  return {
    name,
    ...placement({ partitions, replicationFactor }, assignment),
    configs: Object.entries(configs).map(([name, value]) => ({ name, value }))
  }
}

/** How many partitions and replicas, in a request: Kafka refuses numbers beside an assignment. */
function placement({ partitions, replicationFactor }: Omit<TopicSpec, 'name'>, assignment: Assignment | undefined) {
  if (assignment === undefined) return { numPartitions: partitions, replicationFactor, assignments: [] }
  const assignments = assignment.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }))
  return { numPartitions: -1, replicationFactor: -1, assignments }
}

/**
 * Changes of a topic's configuration as IncrementalAlterConfigs has them (KIP-339): the others stay.
 * @param changes values by name; null takes an override away
 */
export function alterationOf(topic: string, changes: Record<string, string | null>) {
  return {
    resourceType: ConfigResourceTypes.TOPIC,
    resourceName: topic,
    configs: alterations(changes)
  }
}

/** The changes themselves, of a topic or a broker. */
export function alterations(changes: Record<string, string | null>) {
  return Object.entries(changes).map(([name, value]) =>
    value === null
      ? { name, configOperation: IncrementalAlterConfigOperationTypes.DELETE }
      : { name, configOperation: IncrementalAlterConfigOperationTypes.SET, value }
  )
}
