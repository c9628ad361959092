import type { ClusterStatus, FaultKind, NodeStatus } from '#shared/contracts/cluster.ts'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { BrokerView, ClusterMetadata } from '#shared/kafka/model.ts'
import type { PartitionLoss, Prediction } from '#shared/prediction/predict.ts'
import type { BrokerSettings } from '#shared/prediction/timings.ts'
import { longestTimeoutMs } from './hanging/expected.ts'
import type { FoundTarget } from './targets.ts'
import { type DrillTopic, ownTopicSettings, type TopicReaders } from './topic.ts'
import { topicConfirmed, topicNotCompacted } from './topic-guards.ts'

/** What a drill is about to do, and the cluster to which it does it. */
export interface GuardInput {
  request: StartDrill
  target: FoundTarget
  /** The faults of the agent that it injects. */
  faults: readonly FaultKind[]
  /** The most brokers that are broken at the same time. */
  brokersAtOnce: number
  /** The managed cluster, as its agent reports it. */
  status: ClusterStatus
  /** The Kafka cluster that this service is connected to. */
  metadata: ClusterMetadata
  views: readonly BrokerView[]
  /** What becomes of the cluster; null if the target is no part of it. */
  prediction: Prediction | null
  /** Reassignments under way; a text says why they could not be read. */
  reassignments: number | string
  /** Jobs of this service that are under way. */
  underWay: { loadTests: readonly string[]; others: readonly string[] }
  topic: DrillTopic
  /** Of existing topics. */
  cleanupPolicies: ReadonlyMap<string, string>
  /** Who gets the records of the drill, if its topic is an existing one. */
  readers: TopicReaders | null
  /** Of a transaction that it leaves open. */
  transactionTimeoutMs: number | undefined
  settings: BrokerSettings
  now: Date
}

export interface Look {
  passed: boolean
  reading: string
  limit: string
}

/** A precondition of drills. To add one, add a row and its test. */
export interface GuardRow<Input> {
  name: string
  /** Whether a reason is enough to go against it. */
  canForce: boolean
  look(input: Input): Look
  refuse(input: Input, look: Look): KopsError
}

const replicasOf = ({ replicationFactor }: { replicationFactor: number } = ownTopicSettings) => replicationFactor
/** How soon to retry when replicas are catching up or a broker is returning. */
const recheckSeconds = 5
const named = 10

const isUnavailable = ({ status }: Pick<GuardInput, 'status'>, kind: FaultKind) =>
  status.faultKinds.find((each) => each.kind === kind && !each.available)
const missing = ({ status, faults, request: { slow } }: GuardInput): string[] => [
  ...faults.flatMap((kind) => isUnavailable({ status }, kind)?.detail ?? []),
  ...status.faultKinds
    .filter(({ kind, available }) => available && faults.includes(kind))
    .flatMap(({ lacks = [] }) => lacks.filter(({ parameter }) => slow !== undefined && parameter in slow))
    .map(({ detail }) => detail)
]

const faultAvailable: GuardRow<GuardInput> = {
  name: 'fault-available',
  canForce: false,
  look(input) {
    const lacking = missing(input)
    const reading = lacking.length === 0 ? input.faults.join(', ') || 'none is needed' : lacking.join('; ')
    return { passed: lacking.length === 0, reading, limit: 'this runtime can inject the faults' }
  },
  refuse: (_, { reading }) => new KopsError('fault_unavailable', reading)
}

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

const clusterConfirmed: GuardRow<GuardInput> = {
  name: 'cluster-confirmed',
  canForce: false,
  look({ request: { clusterId, force }, metadata }) {
    const passed = clusterId === undefined ? force === undefined : clusterId === metadata.clusterId
    return { passed, reading: clusterId ?? 'not given', limit: `${metadata.clusterId}; required with force` }
  },
  refuse({ request: { clusterId }, metadata }) {
    if (clusterId === undefined) return fieldError('validation_failed', 'clusterId', 'is required with force')
    return new KopsError('cluster_mismatch', `The request is for ${clusterId}, but this is ${metadata.clusterId}`)
  }
}

const noOtherJob: GuardRow<GuardInput> = {
  name: 'no-other-job',
  canForce: false,
  look: ({ underWay }) => jobs(underWay.others),
  refuse: (_, { reading }) => new KopsError('job_conflict', `Under way: ${reading}`)
}

const noLoadTest: GuardRow<GuardInput> = {
  name: 'no-load-test',
  canForce: true,
  look: ({ underWay }) => jobs(underWay.loadTests),
  refuse: (_, { reading }) => new KopsError('job_conflict', `Load tests are under way: ${reading}`)
}

const noReassignment: GuardRow<GuardInput> = {
  name: 'no-reassignment',
  canForce: true,
  look: ({ reassignments }) => ({ passed: reassignments === 0, reading: String(reassignments), limit: '0 partitions' }),
  refuse: (_, { reading }) =>
    new KopsError('reassignment_conflict', `Partitions that are moving: ${reading}`, {
      retryAfterSeconds: recheckSeconds
    })
}

const quorumSurvives: GuardRow<GuardInput> = {
  name: 'quorum-survives',
  canForce: true,
  look: ({ prediction }) => {
    const quorum = prediction?.quorum.quorum ?? null
    // Where nobody knows the voters, nothing is known to be lost.
    return { passed: quorum === 'kept' || quorum === null, reading: quorum ?? 'the voters are unknown', limit: 'kept' }
  },
  refuse: ({ prediction }) =>
    prediction?.quorum.quorum === 'absent'
      ? unhealthy('There is no quorum')
      : new KopsError('drill_unsafe', 'The quorum would be lost: no leader could be elected. Force it with a reason')
}

const blastRadius: GuardRow<GuardInput> = {
  name: 'blast-radius',
  canForce: true,
  look: ({ brokersAtOnce }) => ({
    passed: brokersAtOnce <= 1,
    reading: `${brokersAtOnce} broker(s) at once`,
    limit: 'at most 1 broker at once'
  }),
  refuse: (_, { reading }) => new KopsError('drill_unsafe', `It breaks ${reading}. Force it with a reason`)
}

/** As `kops can-restart` judges: what the configuration makes of every loss is known, and refusing would not change it. */
const replicasSuffice: GuardRow<GuardInput> = {
  name: 'replicas-suffice',
  canForce: true,
  look({ prediction, topic }) {
    const { offline = [], writesStop = [] } = prediction ?? {}
    const always = [...offline, ...writesStop].filter(({ cause }) => cause !== 'degraded')
    const short = Array.from(new Set([...offline, ...writesStop].filter(isDegraded).map(placeName)))
    const { replicationFactor, minInsyncReplicas } = topic
    const canLoseOne = minInsyncReplicas < replicationFactor
    return {
      passed: short.length === 0 && canLoseOne,
      reading:
        `its topic: replication factor ${replicationFactor}, min.insync.replicas ${minInsyncReplicas}; ` +
        `short of replicas: ${short.length === 0 ? 'none' : listed(short)}; ` +
        `never survive it: ${always.length === 0 ? 'none' : listed(Array.from(new Set(always.map(placeName))))}`,
      limit: 'min.insync.replicas below the replication factor; no partition is short of replicas'
    }
  },
  refuse: (_, { reading }) =>
    new KopsError('replicas_insufficient', `Partitions would stop to take writes: ${reading}. Force it with a reason`)
}

/** A broker refuses a producer that asks for more. */
const timeoutAllowed: GuardRow<GuardInput> = {
  name: 'timeout-allowed',
  canForce: false,
  look({ transactionTimeoutMs, settings }) {
    const longest = longestTimeoutMs(settings)
    return {
      passed: (transactionTimeoutMs ?? 0) <= longest,
      reading: transactionTimeoutMs === undefined ? 'no transaction is left open' : `${transactionTimeoutMs} ms`,
      limit: `${longest} ms (transaction.max.timeout.ms)`
    }
  },
  refuse: (_, { reading, limit }) =>
    fieldError('validation_failed', 'transaction.timeoutMs', `${reading}; brokers allow ${limit}`)
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

/** In the order in which they refuse. */
export const guards: readonly GuardRow<GuardInput>[] = [
  topicConfirmed,
  topicNotCompacted,
  faultAvailable,
  ...guardsOfBrokers,
  clusterConfirmed,
  timeoutAllowed,
  noOtherJob,
  noLoadTest,
  noReassignment,
  quorumSurvives,
  blastRadius,
  replicasSuffice
]

/** What assertWhole() looks at. */
export const guardsOfHealth: readonly GuardRow<Cluster>[] = [brokersAnswer, noUnderReplicated]

function nodesOf({ target, status }: Pick<GuardInput, 'target' | 'status'>): NodeStatus[] {
  return status.nodes.filter(({ name }) => target.nodes.includes(name))
}

function jobs(ids: readonly string[]): Look {
  return { passed: ids.length === 0, reading: ids.join(', ') || 'none', limit: 'none' }
}

function unhealthy(detail: string): KopsError {
  return new KopsError('cluster_unhealthy', detail, { retryAfterSeconds: recheckSeconds })
}

function underReplicated(metadata: ClusterMetadata): string[] {
  return metadata.topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ isr, replicas, leader }) => leader === null || isr.length < replicas.length)
      .map(({ partition }) => `${name}-${partition}`)
  )
}

function isDegraded({ cause }: PartitionLoss): boolean {
  return cause === 'degraded'
}

function placeName({ topic, partition }: PartitionLoss): string {
  return `${topic}-${partition}`
}

function listed(names: readonly string[]): string {
  const first = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${first}, ... (${names.length} in all)` : first
}
