import type { NodeStatus } from '#shared/contracts/cluster.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { ClusterMetadata } from '#shared/kafka/model.ts'
import type { GuardInput, GuardRow } from './guard-row.ts'
import { ownTopicSettings } from './topic.ts'

const replicasOf = ({ replicationFactor }: { replicationFactor: number } = ownTopicSettings) => replicationFactor
/** How soon to retry when replicas are catching up or a broker is returning. */
export const recheckSeconds = 5
const named = 10

/** What admitStop() has as well; without a topic, that of the capacity has as many replicas as one of a drill's own. */
export type BrokerInput = Pick<GuardInput, 'target' | 'status' | 'metadata' | 'views' | 'now'> &
  Partial<Pick<GuardInput, 'topic'>>

const noOtherFault: GuardRow<BrokerInput> = {
  name: 'no-other-fault',
  canForce: false,
  look({ status: { faults } }) {
    const reading = faults.map(({ kind, node, id }) => `${kind} of ${node} (${id})`).join(', ') || 'none'
    return { passed: faults.length === 0, reading, limit: 'none' }
  },
  refuse({ status: { faults }, now }, { reading }) {
    const leftMs = Math.max(...faults.map(({ expiresAt }) => Date.parse(expiresAt) - now.getTime()))
    const retryAfterSeconds = Math.max(1, Math.ceil(leftMs / 1000))
    return new KopsError('fault_conflict', `A fault is already active: ${reading}`, { retryAfterSeconds })
  }
}

const nodesRunning: GuardRow<BrokerInput> = {
  name: 'nodes-running',
  canForce: false,
  look(input) {
    const states = nodesOf(input).map((node) => `${node.name} is ${node.isolated ? 'isolated' : node.state}`)
    const passed = nodesOf(input).every(({ state, isolated }) => state === 'running' && !isolated)
    return { passed, reading: states.join(', '), limit: 'running' }
  },
  refuse: (_, { reading }) => new KopsError('node_state_conflict', reading)
}

const sameCluster: GuardRow<BrokerInput> = {
  name: 'same-cluster',
  canForce: false,
  look(input) {
    const brokers = nodesOf(input).filter(({ role }) => role === 'broker')
    const passed = brokers.length === input.target.brokers.length
    const strange = brokers.map(({ name, address }) => `${name} (${address})`).join(', ')
    return {
      passed,
      reading: passed ? 'they are' : `${strange}: not a broker of the cluster that this service is connected to`,
      limit: 'the nodes are brokers of the cluster that this service is connected to'
    }
  },
  refuse: (_, { reading }) => new KopsError('node_state_conflict', reading)
}

const brokersEnough: GuardRow<BrokerInput> = {
  name: 'brokers-enough',
  canForce: false,
  look({ metadata: { brokers }, topic }) {
    const needed = replicasOf(topic)
    return { passed: brokers.length >= needed, reading: String(brokers.length), limit: `at least ${needed}` }
  },
  refuse: ({ topic }, { reading }) =>
    unhealthy(
      `${reading} broker(s) are available, but a drill needs ${replicasOf(topic)}, because its topic has as many replicas`
    )
}

export type Cluster = Pick<GuardInput, 'views' | 'metadata'>

const brokersAnswer: GuardRow<Cluster> = {
  name: 'brokers-answer',
  canForce: true,
  look({ views }) {
    const silent = views.filter((view) => !view.reachable).map(({ endpoint }) => `${endpoint.host}:${endpoint.port}`)
    const reading = silent.length === 0 ? `all ${views.length} answer` : `Not reachable: ${silent.join(', ')}`
    return { passed: silent.length === 0, reading, limit: 'all answer' }
  },
  refuse: (_, { reading }) => unhealthy(reading)
}

const noUnderReplicated: GuardRow<Cluster> = {
  name: 'no-under-replicated',
  canForce: true,
  look({ metadata }) {
    const weak = underReplicated(metadata)
    const reading = `${weak.length} partition(s)${weak.length === 0 ? '' : `: ${listed(weak)}`}`
    return { passed: weak.length === 0, reading, limit: '0 partitions' }
  },
  refuse({ metadata }) {
    const weak = underReplicated(metadata)
    return unhealthy(`Under-replicated: ${weak.slice(0, named).join(', ')} (${weak.length} in all)`)
  }
}

/** What admitStop() looks at. */
export const guardsOfBrokers: readonly GuardRow<BrokerInput>[] = [
  noOtherFault,
  nodesRunning,
  sameCluster,
  brokersEnough,
  brokersAnswer,
  noUnderReplicated
]

/** What assertWhole() looks at. */
export const guardsOfHealth: readonly GuardRow<Cluster>[] = [brokersAnswer, noUnderReplicated]

function nodesOf({ target, status }: Pick<GuardInput, 'target' | 'status'>): NodeStatus[] {
  return status.nodes.filter(({ name }) => target.nodes.includes(name))
}

export function unhealthy(detail: string): KopsError {
  return new KopsError('cluster_unhealthy', detail, { retryAfterSeconds: recheckSeconds })
}

function underReplicated(metadata: ClusterMetadata): string[] {
  return metadata.topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ isr, replicas, leader }) => leader === null || isr.length < replicas.length)
      .map(({ partition }) => `${name}-${partition}`)
  )
}

export function listed(names: readonly string[]): string {
  const first = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${first}, ... (${names.length} in all)` : first
}
