import type { Warning } from '#shared/contracts/common.ts'
import type { TopicConfigs } from '#shared/contracts/topic-specs.ts'
import type { ConfigEntry, TopicPlan } from '#shared/contracts/topics.ts'
import { fieldError, isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { PartitionOffsets, TopicMetadata } from '#shared/kafka/model.ts'
import { poll } from '#shared/poll.ts'
import { assertNotReserved } from '#shared/reserved-topics.ts'
import type { ChangeTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'
import { notGone, pauses, waitForAgreement } from './agreement.ts'
import { type ChangePorts, unlessUnanswered } from './create-topic.ts'
import { unknownTopic } from './describe-topic.ts'
import { topicSizes } from './topic-sizes.ts'
import { replicationFactorOf } from './topic-summary.ts'

/** How long to wait for the name of a deleted topic while a broker that may have a replica is down. */
const silentWaitMs = 1000

/**
 * Deletes a topic, and resolves once no reachable broker lists it and its name is free again. The plan has what is lost
 * (records, bytes) and the topic's spec: enough to create it again, empty. While a broker with a replica is down, Kafka
 * reserves the name until that broker is back: then the plan has a warning.
 * @throws KopsError topic_protected, topic_not_found, cluster_unreachable, controller_unavailable, kafka_timeout
 */
export async function deleteTopic(
  { reader, admin, reserved }: ChangePorts,
  name: string,
  { dryRun, ...options }: ChangeTiming & { dryRun: boolean }
): Promise<TopicPlan> {
  assertNotReserved(reserved, name, 'erase')
  const metadata = await reader.metadata({ topics: [name], deadlineMs: options.deadlineMs })
  const topic = metadata.value.topics.find((candidate) => candidate.name === name)
  if (topic === undefined) throw unknownTopic(name)
  if (topic.internal) throw fieldError('topic_protected', 'topicName', `Kafka keeps ${name} for itself`)
  const read = await planDelete(reader, topic, { dryRun, deadlineMs: options.deadlineMs })
  const plan = { ...read, warnings: distinctWarnings([...metadata.warnings, ...read.warnings]) }
  if (dryRun) return plan

  const unanswered = await admin
    .deleteTopic(name, { timeoutMs: options.changeTimeoutMs })
    .then(() => undefined, unlessUnanswered)
  const objections = await waitForAgreement(reader, name, (views) => notGone(views, name), {
    ...options,
    waitMs: unanswered ? options.deadlineMs : options.waitMs
  })
  if (objections.length > 0) {
    throw (
      unanswered ??
      new KopsError('kafka_timeout', `Kafka has accepted the deletion of ${name}, but ${objections.join('; ')}`)
    )
  }
  const offline = topic.partitions.flatMap(({ offlineReplicas }) => offlineReplicas)
  // A broker that does not answer will not remove its replicas soon, whether or not the cluster has noticed.
  const silent = offline.length > 0 || plan.warnings.length > 0
  const waitMs = silent ? Math.min(silentWaitMs, options.waitMs) : options.waitMs
  const taken = await nameIsTaken(admin, name, { ...options, waitMs })
  return { ...plan, applied: true, warnings: [...plan.warnings, ...(taken ? [takenWarning(name, offline)] : [])] }
}

/**
 * Whether Kafka still refuses a new topic of this name. With ZooKeeper, brokers stop listing a topic before its
 * replicas are removed, and the name is free only once the last of them is gone. Requests a minimal topic, so that
 * Kafka refuses nothing else.
 */
async function nameIsTaken(
  admin: ChangePorts['admin'],
  name: string,
  { waitMs, changeTimeoutMs, ...clock }: ChangeTiming
): Promise<boolean> {
  const probe = { name, partitions: 1, replicationFactor: 1 }
  const isTaken = () =>
    admin.createTopic(probe, { validateOnly: true, timeoutMs: changeTimeoutMs }).then(
      () => false,
      (error: unknown) => isKopsError(error, 'topic_exists')
    )
  const { answer } = await poll(isTaken, (taken) => !taken, { timeoutMs: waitMs, pauseMs: pauses, clock })
  return answer
}

function takenWarning(name: string, offline: number[]): Warning {
  const brokers = [...new Set(offline)].sort((a, b) => a - b)
  const who = brokers.length > 0 ? `broker ${brokers.join(', ')}` : 'every broker with a replica'
  return {
    code: 'topic_exists',
    message: `The topic is gone, but Kafka reserves its name until ${who} has removed it`,
    target: name
  }
}

async function planDelete(
  reader: ClusterReader,
  topic: TopicMetadata,
  { dryRun, deadlineMs }: { dryRun: boolean; deadlineMs: number }
): Promise<TopicPlan> {
  const { name } = topic
  const [offsets, sizes, configs] = await Promise.all([
    reader.offsets([topic], { deadlineMs }),
    reader.replicaSizes([name], { deadlineMs }),
    reader.topicConfigs([name], { deadlineMs })
  ])
  return {
    action: 'delete',
    topic: specFrom(topic, configs.value.get(name) ?? []),
    dryRun,
    applied: false,
    records: recordsIn(topic, offsets.value),
    ...topicSizes(sizes).ofTopic(topic),
    warnings: [...[offsets, sizes, configs].flatMap(({ warnings }) => warnings), ...unreadConfigs(name, configs.value)]
  }
}

/** The spec that would create this topic again. */
function specFrom(topic: TopicMetadata, configs: ConfigEntry[]): TopicPlan['topic'] {
  const overrides = overridesOf(configs)
  return {
    name: topic.name,
    partitions: topic.partitions.length,
    replicationFactor: replicationFactorOf(topic),
    ...(Object.keys(overrides).length === 0 ? {} : { configs: overrides })
  }
}

/** The overrides of the topic, out of its whole configuration. */
export function overridesOf(configs: ConfigEntry[]): TopicConfigs {
  return Object.fromEntries(
    configs.flatMap(({ name, value, source }): [string, string][] =>
      source === 'dynamic_topic' && value !== null ? [[name, value]] : []
    )
  )
}

/**
 * Records between start and end of all partitions; null if one of them is unknown. Compaction and transaction markers
 * leave gaps, so this is a maximum.
 */
export function recordsIn(topic: TopicMetadata, offsets: PartitionOffsets[]): number | null {
  const read = new Map(offsets.filter((entry) => entry.topic === topic.name).map((entry) => [entry.partition, entry]))
  let records = 0
  for (const { partition } of topic.partitions) {
    const { logStartOffset = null, logEndOffset = null } = read.get(partition) ?? {}
    if (logStartOffset === null || logEndOffset === null) return null
    records += logEndOffset - logStartOffset
  }
  return records
}

function unreadConfigs(name: string, configs: Map<string, ConfigEntry[]>): Warning[] {
  if (configs.has(name)) return []
  const message = 'Its configuration could not be read, so the spec in this plan has none'
  return [{ code: 'broker_unreachable', message, target: `${name} configs` }]
}
