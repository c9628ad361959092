import type { ClusterStatus } from '#shared/contracts/cluster.ts'
import type { StartDrill } from '#shared/contracts/drills.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import { endpointKey, parseEndpoints } from '#shared/kafka/endpoints.ts'
import type { BrokerMetadata, BrokerView, ClusterMetadata } from '#shared/kafka/ports.ts'

export interface GuardInput {
  request: StartDrill
  /** The managed cluster, as its agent tells it. */
  status: ClusterStatus
  /** The Kafka cluster that this service is connected to. */
  metadata: ClusterMetadata
  views: readonly BrokerView[]
}

const replicas = 3

/**
 * Holds what must be true before a fault is injected: a drill must begin with a healthy cluster, or it would make an outage
 * of a fault, and measure another one's recovery. Pure.
 * @returns the broker that the node is
 * @throws KopsError node_not_found, validation_failed, node_state_conflict, fault_conflict, isolation_unavailable
 */
export function admit({ request, status, metadata, views }: GuardInput): BrokerMetadata {
  const node = status.nodes.find(({ name }) => name === request.node)
  if (!node) throw fieldError('node_not_found', 'node', `the cluster has no node ${request.node}`)
  if (node.role !== 'broker') {
    throw fieldError('validation_failed', 'node', `${request.node} is no broker; drills of this kind need one`)
  }
  if (request.kind === 'network-partition' && !status.isolation.available) {
    throw new KopsError('isolation_unavailable', status.isolation.detail)
  }
  const [fault] = status.faults
  if (fault)
    throw new KopsError('fault_conflict', `A fault is active already: ${fault.kind} of ${fault.node} (${fault.id})`)
  if (node.state !== 'running' || node.isolated) {
    throw new KopsError('node_state_conflict', `${node.name} is ${node.isolated ? 'isolated' : node.state}`)
  }
  const broker = brokerOf(node, metadata)
  if (!broker) {
    throw new KopsError(
      'node_state_conflict',
      `${node.name} (${node.address}) is not a broker of the cluster that this service is connected to`
    )
  }
  if (metadata.brokers.length < replicas) {
    throw new KopsError(
      'node_state_conflict',
      `${metadata.brokers.length} broker(s) are there, and a drill needs ${replicas}: its topic has ${replicas} replicas`
    )
  }
  const silent = views.filter((view) => !view.reachable).map(({ endpoint }) => `${endpoint.host}:${endpoint.port}`)
  if (silent.length > 0) throw new KopsError('node_state_conflict', `Not reachable: ${silent.join(', ')}`)
  const weak = underReplicated(metadata)
  if (weak.length > 0) {
    throw new KopsError(
      'node_state_conflict',
      `Under-replicated: ${weak.slice(0, 10).join(', ')} (${weak.length} in all)`
    )
  }
  return broker
}

/** The broker that a node is: by the address that clients use, or by its name where that is its host. */
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
