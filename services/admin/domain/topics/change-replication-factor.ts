import type { Warning } from '#shared/contracts/common.ts'
import type { Move } from '#shared/contracts/reassignments.ts'
import type { ReplicationFactorPlan } from '#shared/contracts/topic-changes.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import type { ReplicaSize } from '#shared/kafka/brokers/port.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { BrokerMetadata, BrokerView, TopicMetadata } from '#shared/kafka/model.ts'
import type { Reassignments } from '#shared/kafka/moves/port.ts'
import { estimate } from '../reassignments/movement.ts'
import { answeringIds } from '../reassignments/snapshot.ts'
import { alterThrottled, type ThrottlePlacing } from '../reassignments/start.ts'
import { sum } from '../sum.ts'
import type { ChangeTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'
import { waitForAgreement } from './agreement.ts'
import { chooseReplicas, type ReplicaChange } from './choose-replicas.ts'
import { unknownTopic } from './describe-topic.ts'
import { replicationFactorOf } from './topic-summary.ts'

export interface ReplicationPorts {
  reader: ClusterReader
  reassignments: Pick<Reassignments, 'alter' | 'list'>
  throttle: ThrottlePlacing
}

export interface WantedReplication {
  replicationFactor: number
  throttleBytesPerSec?: number
}

/**
 * Changes the number of replicas of each partition of a topic. Resolves once they are in sync; if copying takes longer
 * than a caller waits, the plan says what is missing, and Kafka continues. The throttle is removed after the last
 * partition.
 * @throws KopsError topic_not_found, replication_factor_invalid, job_conflict (the topic is being reassigned)
 */
export async function changeReplicationFactor(
  { reader, reassignments, throttle }: ReplicationPorts,
  name: string,
  { replicationFactor, throttleBytesPerSec }: WantedReplication,
  { dryRun, ...options }: ChangeTiming & { dryRun: boolean }
): Promise<ReplicationFactorPlan> {
  const { deadlineMs, changeTimeoutMs } = options
  const metadata = await reader.metadata({ topics: [name], deadlineMs })
  const topic = metadata.value.topics.find((candidate) => candidate.name === name)
  if (topic === undefined) throw unknownTopic(name)
  const { brokers } = metadata.value
  if (replicationFactor > brokers.length) {
    const message = `larger than the number of brokers (${brokers.length})`
    throw fieldError('replication_factor_invalid', 'replicationFactor', message)
  }
  const places = topic.partitions.map(({ partition }) => ({ topic: name, partition }))
  const [ongoing, views, sizes, configs] = await Promise.all([
    reassignments.list(places, { timeoutMs: changeTimeoutMs }),
    reader.views({ topics: [], deadlineMs }),
    reader.replicaSizes([name], { deadlineMs }),
    reader.topicConfigs([name], { deadlineMs, names: ['min.insync.replicas'] })
  ])
  if (ongoing.length > 0) {
    const which = ongoing.map(({ partition }) => partition).join(', ')
    throw fieldError('job_conflict', 'topicName', `partitions ${which} of ${name} are being reassigned`)
  }
  const answering = answeringIds(brokers, views)
  const changes = chooseReplicas(topic, brokers, replicationFactor, answering)
  // A broker that does not answer cannot take a new replica, even if the cluster has not noticed yet.
  if (changes.some(({ after }) => after.length < replicationFactor)) {
    const message = `larger than the number of live brokers (${answering.length})`
    throw fieldError('replication_factor_invalid', 'replicationFactor', message)
  }
  const moves = changes.map((change) => moveOf(name, change, sizes.value))
  const minInsync = Number(configs.value.get(name)?.find((entry) => entry.name === 'min.insync.replicas')?.value)
  const plan: ReplicationFactorPlan = {
    action: 'change-replication-factor',
    topic: name,
    before: replicationFactorOf(topic),
    after: replicationFactor,
    dryRun,
    applied: false,
    partitions: changes.map((change) => ({ ...change, racks: racksOf(change.after, brokers) })),
    movesBytes: sum(moves.map(({ adding, sizeBytes }) => bytesCopied(adding, sizeBytes))),
    throttleBytesPerSec: throttleBytesPerSec ?? null,
    estimatedSeconds: throttleBytesPerSec === undefined ? null : estimate(moves, throttleBytesPerSec),
    warnings: distinctWarnings([
      ...factorWarnings(name, replicationFactor, minInsync),
      ...[metadata, sizes, configs].flatMap(({ warnings }) => warnings)
    ])
  }
  if (dryRun) return plan
  const outcomes =
    moves.length === 0
      ? []
      : await alterThrottled({ reassignments, throttle }, moves, { throttleBytesPerSec, answering, changeTimeoutMs })
  const refused = outcomes.flatMap(({ partition, error }) => (error ? [{ partition, error }] : []))
  if (refused[0] && refused.length === outcomes.length) throw refused[0].error
  for (const { partition, error } of refused) {
    plan.warnings.push({ code: error.code, message: error.message, target: `${name}-${partition}` })
  }
  const accepted = changes.filter(({ partition }) => refused.every((other) => other.partition !== partition))
  const waitingFor = await waitForAgreement(reader, name, (views) => notReplicated(views, name, accepted), options)
  return { ...plan, applied: refused.length === 0, ...(waitingFor.length === 0 ? {} : { waitingFor }) }
}

/** Why the replicas are not as planned yet: one sentence per partition, from any broker's view. Pure. */
export function notReplicated(views: BrokerView[], topic: string, changes: ReplicaChange[]): string[] {
  const told = views.flatMap((view) =>
    view.reachable ? view.metadata.topics.filter(({ name }) => name === topic) : []
  )
  if (told.length === 0) return ['no broker answers']
  return changes.flatMap(({ partition, after }) => {
    const claims = told.flatMap(({ partitions }) => partitions.filter((entry) => entry.partition === partition))
    const done = claims.every(
      ({ replicas, isr }) => replicas.length === after.length && after.every((id) => isr.includes(id))
    )
    return done ? [] : [`partition ${partition} does not have all of brokers ${after.join(', ')} in sync yet`]
  })
}

function racksOf(replicas: number[], brokers: BrokerMetadata[]): (string | null)[] {
  return replicas.map((id) => brokers.find((broker) => broker.id === id)?.rack ?? null)
}

/** Copying takes the size of the largest known replica. */
function moveOf(topic: string, { partition, before, after }: ReplicaChange, sizes: ReplicaSize[]): Move {
  const known = sizes.filter((size) => size.partition === partition).map(({ sizeBytes }) => sizeBytes)
  return {
    topic,
    partition,
    from: before,
    to: after,
    adding: after.filter((broker) => !before.includes(broker)),
    removing: before.filter((broker) => !after.includes(broker)),
    sizeBytes: known.length === 0 ? null : Math.max(...known)
  }
}

function bytesCopied(adding: readonly number[], sizeBytes: number | null): number | null {
  if (adding.length === 0) return 0
  return sizeBytes === null ? null : adding.length * sizeBytes
}

function factorWarnings(topic: TopicMetadata['name'], factor: number, minInsync: number): Warning[] {
  const warn = (message: string): Warning[] => [{ code: 'not_enough_replicas', message, target: topic }]
  if (minInsync > factor) {
    return warn(`min.insync.replicas is ${minInsync}, more than ${factor}: brokers will refuse writes with acks=all`)
  }
  if (factor === 1)
    return warn('A single replica remains: while its broker is down, nobody can read or write the topic')
  if (minInsync === factor) {
    return warn(
      `min.insync.replicas is ${minInsync} of ${factor} replicas: writes with acks=all stop as soon as one broker is down`
    )
  }
  return []
}
