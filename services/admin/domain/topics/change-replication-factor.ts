import type { Warning } from '../../../../shared/contracts/common.ts'
import type { ReplicationFactorPlan } from '../../../../shared/contracts/topic-changes.ts'
import { fieldError } from '../../../../shared/errors/catalog.ts'
import type {
  BrokerMetadata,
  BrokerView,
  ClusterReader,
  ReplicaSize,
  TopicMetadata
} from '../../../../shared/kafka/ports.ts'
import type { Reassignments } from '../../../../shared/kafka/reassignments-port.ts'
import { waitForAgreement } from './agreement.ts'
import { chooseReplicas, type ReplicaChange } from './choose-replicas.ts'
import type { ChangeOptions } from './create-topic.ts'
import { unknownTopic } from './describe-topic.ts'
import { distinctWarnings, replicationFactorOf } from './list-topics.ts'

export interface ReplicationPorts {
  reader: ClusterReader
  reassignments: Pick<Reassignments, 'alter' | 'list'>
}

/**
 * Gives each partition of a topic more or fewer replicas. Resolves when they are in sync; where copying takes longer than a
 * caller waits, the plan says what it waits for, and Kafka goes on.
 * @throws KopsError topic_not_found, replication_factor_invalid, job_conflict (the topic is being reassigned)
 */
export async function changeReplicationFactor(
  { reader, reassignments }: ReplicationPorts,
  name: string,
  replicationFactor: number,
  { dryRun, ...options }: ChangeOptions & { dryRun: boolean }
): Promise<ReplicationFactorPlan> {
  const { deadlineMs, changeTimeoutMs } = options
  const metadata = await reader.metadata({ topics: [name], deadlineMs })
  const topic = metadata.value.topics.find((candidate) => candidate.name === name)
  if (topic === undefined) throw unknownTopic(name)
  const { brokers } = metadata.value
  if (replicationFactor > brokers.length) {
    const message = `larger than the ${brokers.length} brokers that there are`
    throw fieldError('replication_factor_invalid', 'replicationFactor', message)
  }
  const places = topic.partitions.map(({ partition }) => ({ topic: name, partition }))
  const [ongoing, sizes, configs] = await Promise.all([
    reassignments.list(places, { timeoutMs: changeTimeoutMs }),
    reader.replicaSizes([name], { deadlineMs }),
    reader.topicConfigs([name], { deadlineMs, names: ['min.insync.replicas'] })
  ])
  if (ongoing.length > 0) {
    const which = ongoing.map(({ partition }) => partition).join(', ')
    throw fieldError('job_conflict', 'topicName', `partitions ${which} of ${name} are being reassigned`)
  }
  const changes = chooseReplicas(topic, brokers, replicationFactor)
  const minInsync = Number(configs.value.get(name)?.find((entry) => entry.name === 'min.insync.replicas')?.value)
  const plan: ReplicationFactorPlan = {
    action: 'change-replication-factor',
    topic: name,
    before: replicationFactorOf(topic),
    after: replicationFactor,
    dryRun,
    applied: false,
    partitions: changes.map((change) => ({ ...change, racks: racksOf(change.after, brokers) })),
    movesBytes: bytesMoved(changes, sizes.value),
    warnings: distinctWarnings([
      ...factorWarnings(name, replicationFactor, minInsync),
      ...[metadata, sizes, configs].flatMap(({ warnings }) => warnings)
    ])
  }
  if (dryRun) return plan
  const targets = changes.map(({ partition, after }) => ({ topic: name, partition, replicas: after }))
  const outcomes = targets.length === 0 ? [] : await reassignments.alter(targets, { timeoutMs: changeTimeoutMs })
  const refused = outcomes.flatMap(({ partition, error }) => (error ? [{ partition, error }] : []))
  if (refused[0] && refused.length === outcomes.length) throw refused[0].error
  for (const { partition, error } of refused) {
    plan.warnings.push({ code: error.code, message: error.message, target: `${name}-${partition}` })
  }
  const accepted = changes.filter(({ partition }) => refused.every((other) => other.partition !== partition))
  const waitingFor = await waitForAgreement(reader, name, (views) => notReplicated(views, name, accepted), options)
  return { ...plan, applied: refused.length === 0, ...(waitingFor.length === 0 ? {} : { waitingFor }) }
}

/** Why the replicas are not as planned yet: one sentence for each partition, as any broker tells. Pure. */
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
    return done ? [] : [`partition ${partition} has not all of brokers ${after.join(', ')} in sync`]
  })
}

function racksOf(replicas: number[], brokers: BrokerMetadata[]): (string | null)[] {
  return replicas.map((id) => brokers.find((broker) => broker.id === id)?.rack ?? null)
}

/** The largest replica of a partition is what each new one copies; null when one of them is not known. */
function bytesMoved(changes: ReplicaChange[], sizes: ReplicaSize[]): number | null {
  let bytes = 0
  for (const { partition, before, after } of changes) {
    const added = after.length - before.length
    if (added <= 0) continue
    const known = sizes.filter((size) => size.partition === partition).map(({ sizeBytes }) => sizeBytes)
    if (known.length === 0) return null
    bytes += added * Math.max(...known)
  }
  return bytes
}

function factorWarnings(topic: TopicMetadata['name'], factor: number, minInsync: number): Warning[] {
  const warn = (message: string): Warning[] => [{ code: 'not_enough_replicas', message, target: topic }]
  if (minInsync > factor) {
    return warn(`min.insync.replicas is ${minInsync}, more than ${factor}: writes with acks=all will be refused`)
  }
  if (factor === 1)
    return warn('There will be one replica: while its broker is down the topic cannot be read or written')
  if (minInsync === factor) {
    return warn(
      `min.insync.replicas is ${minInsync} of ${factor} replicas: writes with acks=all stop as soon as one broker is down`
    )
  }
  return []
}
