import type { ClusterStatus, NodeStatus } from '#shared/contracts/cluster.ts'
import type { DrillTarget } from '#shared/contracts/drill-plan.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import {
  type BrokerMetadata,
  brokerName,
  type ClusterMetadata,
  endpointKey,
  parseEndpoints
} from '#shared/kafka/model.ts'
import { coordinatorPartition, groupTopic } from '#shared/prediction/coordinators.ts'

/**
 * What a drill breaks, with the brokers that run on its nodes: none on a node of a ZooKeeper ensemble, or on one that is no broker
 * of the cluster that this service is connected to.
 */
export interface FoundTarget extends DrillTarget {
  brokers: readonly BrokerMetadata[]
}

/** What targets are looked for in. */
export interface TargetSituation {
  /** The managed cluster, as its agent reports it. */
  status: ClusterStatus
  /** The Kafka cluster that this service is connected to. */
  metadata: ClusterMetadata
  /** The broker that is the controller now; null if unknown. */
  controllerId: number | null
  /** Of the drill. */
  id: string
}

/** The nodes that vote: ZooKeeper's, or with KRaft the brokers that are controllers too. */
export function votersOf({ nodes, mode }: Pick<ClusterStatus, 'nodes' | 'mode'>): NodeStatus[] {
  const role = ensembleRole(mode)
  return nodes.filter((node) => node.role === role && node.votes !== false)
}

/** The role of the nodes that vote. */
export function ensembleRole(mode: ClusterStatus['mode']): NodeStatus['role'] {
  return mode === 'kraft' ? 'broker' : 'zookeeper'
}

/** @throws KopsError node_not_found; validation_failed if it has another role */
export function nodeOf(name: string, { status }: TargetSituation, role: NodeStatus['role']): NodeStatus {
  const node = status.nodes.find((each) => each.name === name)
  if (!node) throw fieldError('node_not_found', 'node', `the cluster has no node ${name}`)
  if (node.role === role) return node
  throw fieldError('validation_failed', 'node', `${name} is not a ${role}; drills of this kind need one`)
}

/** A target that is the node of a broker. @throws KopsError node_state_conflict if the broker is not on a node of the managed cluster */
export function onBroker(
  id: number,
  situation: TargetSituation,
  more: (node: string) => Omit<FoundTarget, 'nodes' | 'brokers'>
): FoundTarget {
  for (const node of situation.status.nodes) {
    if (node.role !== 'broker') continue
    const broker = findBroker(node, situation.metadata)
    if (broker?.id === id) return { nodes: [node.name], brokers: [broker], ...more(node.name) }
  }
  throw new KopsError('node_state_conflict', `${brokerName(id)} is not a node of the cluster that the agent drives`)
}

/** The brokers that run on nodes. */
export function brokersOn(nodes: readonly NodeStatus[], situation: TargetSituation): BrokerMetadata[] {
  return nodes.flatMap((node) => (node.role === 'broker' ? (findBroker(node, situation.metadata) ?? []) : []))
}

/** The broker on a node, matched by its client address or, if its host has the node's name, by name. */
export function findBroker(
  node: Pick<NodeStatus, 'name' | 'address'>,
  metadata: Pick<ClusterMetadata, 'brokers'>
): BrokerMetadata | undefined {
  const [address] = parseEndpoints(node.address)
  return metadata.brokers.find(
    (broker) => broker.host === node.name || (address !== undefined && endpointKey(broker) === endpointKey(address))
  )
}

/** null if no broker coordinates the group, or transactional id: their topic does not exist, or its partition has no leader. */
export function coordinatorOf(group: string, { topics }: ClusterMetadata, topic = groupTopic): number | null {
  const offsets = topics.find(({ name }) => name === topic)?.partitions ?? []
  if (offsets.length === 0) return null
  const wanted = coordinatorPartition(group, offsets.length)
  return offsets.find(({ partition }) => partition === wanted)?.leader ?? null
}

/** What a drill looks for is missing at the moment. */
export function unhealthy(detail: string): KopsError {
  return new KopsError('cluster_unhealthy', detail, { retryAfterSeconds: 5 })
}
