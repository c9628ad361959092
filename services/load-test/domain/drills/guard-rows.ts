import type { FaultKind } from '#shared/contracts/cluster.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { PartitionLoss } from '#shared/prediction/predict.ts'
import { guardsOfBrokers, listed, recheckSeconds, unhealthy } from './broker-guards.ts'
import type { GuardInput, GuardRow, Look } from './guard-row.ts'
import { longestTimeoutMs } from './hanging/expected.ts'
import { topicConfirmed, topicNotCompacted } from './topic-guards.ts'

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
    // If the voters are unknown, no loss of the quorum can be predicted.
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

function jobs(ids: readonly string[]): Look {
  return { passed: ids.length === 0, reading: ids.join(', ') || 'none', limit: 'none' }
}

function isDegraded({ cause }: PartitionLoss): boolean {
  return cause === 'degraded'
}

function placeName({ topic, partition }: PartitionLoss): string {
  return `${topic}-${partition}`
}
