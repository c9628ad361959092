import type { ClusterStatus, NodeStatus } from '#shared/contracts/cluster.ts'
import type { StartDrill } from '#shared/contracts/drills.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import {
  type BrokerMetadata,
  type BrokerView,
  type ClusterMetadata,
  endpointKey,
  parseEndpoints
} from '#shared/kafka/model.ts'

export interface GuardInput {
  request: StartDrill
  /** The managed cluster, as its agent reports it. */
  status: ClusterStatus
  /** The Kafka cluster that this service is connected to. */
  metadata: ClusterMetadata
  views: readonly BrokerView[]
  now: Date
}

/** Refuses a drill by throwing a KopsError with the reason. */
export type Guard = (input: GuardInput & { node: NodeStatus }) => void

const replicas = 3
/** How soon to retry when replicas are catching up or a broker is returning. */
const recheckSeconds = 5

export const canIsolate: Guard = ({ status }) => {
  if (!status.isolation.available) throw new KopsError('isolation_unavailable', status.isolation.detail)
}

export const noOtherFault: Guard = ({ status: { faults }, now }) => {
  const [fault] = faults
  if (!fault) return
  const detail = `A fault is already active: ${fault.kind} of ${fault.node} (${fault.id})`
  const leftMs = Date.parse(fault.expiresAt) - now.getTime()
  throw new KopsError('fault_conflict', detail, { retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1000)) })
}

export const isRunning: Guard = ({ node }) => {
  if (node.state === 'running' && !node.isolated) return
  throw new KopsError('node_state_conflict', `${node.name} is ${node.isolated ? 'isolated' : node.state}`)
}

export const enoughBrokers: Guard = ({ metadata: { brokers } }) => {
  if (brokers.length >= replicas) return
  throw unhealthy(
    `${brokers.length} broker(s) are available, but a drill needs ${replicas}, because its topic has ${replicas} replicas`
  )
}

export const allBrokersAnswer = ({ views }: Pick<GuardInput, 'views'>): void => {
  const silent = views.filter((view) => !view.reachable).map(({ endpoint }) => `${endpoint.host}:${endpoint.port}`)
  if (silent.length > 0) throw unhealthy(`Not reachable: ${silent.join(', ')}`)
}

export const nothingUnderReplicated = ({ metadata }: Pick<GuardInput, 'metadata'>): void => {
  const weak = underReplicated(metadata)
  if (weak.length === 0) return
  throw unhealthy(`Under-replicated: ${weak.slice(0, 10).join(', ')} (${weak.length} in all)`)
}

/**
 * Checks the preconditions for injecting a fault: a drill must start on a healthy cluster, or its fault could cause an
 * outage and its measurements include another recovery. Pure.
 * @returns the broker that runs on the node
 * @throws KopsError node_not_found, validation_failed, node_state_conflict, fault_conflict, isolation_unavailable;
 * cluster_unhealthy, which is retriable, while brokers are down or replicas are catching up
 */
export function admit(
  input: GuardInput,
  { targets, guards }: { targets: NodeStatus['role']; guards: readonly Guard[] }
): BrokerMetadata {
  const { request, status, metadata } = input
  const node = status.nodes.find(({ name }) => name === request.node)
  if (!node) throw fieldError('node_not_found', 'node', `the cluster has no node ${request.node}`)
  if (node.role !== targets) {
    throw fieldError('validation_failed', 'node', `${request.node} is not a ${targets}; drills of this kind need one`)
  }
  for (const guard of guards) guard({ ...input, node })
  const broker = brokerOf(node, metadata)
  if (broker) return broker
  throw new KopsError(
    'node_state_conflict',
    `${node.name} (${node.address}) is not a broker of the cluster that this service is connected to`
  )
}

function unhealthy(detail: string): KopsError {
  return new KopsError('cluster_unhealthy', detail, { retryAfterSeconds: recheckSeconds })
}

/** The broker on a node, matched by its client address or, if its host has the node's name, by name. */
function brokerOf(node: { name: string; address: string }, metadata: ClusterMetadata): BrokerMetadata | undefined {
  const [address] = parseEndpoints(node.address)
  return metadata.brokers.find(
    (broker) => broker.host === node.name || (address !== undefined && endpointKey(broker) === endpointKey(address))
  )
}

function underReplicated(metadata: ClusterMetadata): string[] {
  return metadata.topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ isr, replicas, leader }) => leader === null || isr.length < replicas.length)
      .map(({ partition }) => `${name}-${partition}`)
  )
}
