import type { DeleteTopicPlan } from '#shared/contracts/topic-deletions.ts'
import type { KeptTopic } from '#shared/contracts/topic-recreation.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { AclAdmin } from '#shared/kafka/acls/port.ts'
import type { TopicGroups } from '#shared/kafka/groups/port.ts'
import type { TopicMetadata } from '#shared/kafka/model.ts'
import type { TopicRecords } from '#shared/kafka/records/port.ts'
import { assertNotReserved } from '#shared/reserved-topics.ts'
import { readTopicAcls } from '../acls/topic-acls.ts'
import type { ChangeTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'
import type { ChangePorts } from './create-topic.ts'
import { deleteTopic } from './delete-topic.ts'
import { unknownTopic } from './describe-topic.ts'
import type { KeptTopics } from './kept-topics.ts'
import { assertFree, assertReasoned, obstaclesTo, readUsage, type TopicUsage } from './topic-usage.ts'

export interface DeletionPorts extends ChangePorts {
  topicGroups: TopicGroups
  topicRecords: TopicRecords
  acls: Pick<AclAdmin, 'list'>
  kept: KeptTopics
  /** How long a topic must have received no records to be deleted without force; 0: no requirement. */
  quietMs: number
}

export interface DeletionRequest {
  dryRun: boolean
  force?: boolean
  reason?: string
  /** Kafka's id of the topic that is meant; another one under the same name is spared. */
  topicId?: string
}

/** A plan, and the data to carry it out. */
interface Preview {
  plan: DeleteTopicPlan
  topic: TopicMetadata
  usage: TopicUsage
}

/**
 * Deletes an unused topic or, if forced with a reason, one that is in use. Saves the topic's spec, without its records,
 * first.
 * @returns what is or was lost. A dry run reports the obstacles instead of failing
 * @throws KopsError topic_protected, topic_in_use, validation_failed (force without a reason), and those of deleteTopic
 */
export async function deleteGuarded(
  ports: DeletionPorts,
  name: string,
  { dryRun, force = false, reason, topicId }: DeletionRequest,
  options: ChangeTiming
): Promise<DeleteTopicPlan> {
  assertReasoned({ force, ...(reason === undefined ? {} : { reason }) })
  const { plan, topic, usage } = await previewDeletion(ports, name, options)
  if (topicId !== undefined && topic.id !== topicId) throw unknownTopic(name)
  if (dryRun) return plan
  assertFree(name, plan.obstacles, force)
  const undo = await ports.kept.keep(specToKeep({ plan, topic, usage }, options))
  try {
    const deleted = await deleteTopic(ports, name, { ...options, dryRun: false })
    return {
      ...plan,
      dryRun,
      applied: deleted.applied,
      warnings: distinctWarnings([...plan.warnings, ...deleted.warnings])
    }
  } catch (error) {
    // An unanswered deletion may have been carried out: then the saved spec is needed.
    if (isKopsError(error) && error.code !== 'kafka_timeout') await undo()
    throw error
  }
}

/**
 * What deleting a topic would remove.
 * @throws KopsError topic_protected, topic_not_found, cluster_unreachable
 */
export async function previewDeletion(ports: DeletionPorts, name: string, options: ChangeTiming): Promise<Preview> {
  assertNotReserved(ports.reserved, name, 'erase')
  const { deadlineMs } = options
  const metadata = await ports.reader.metadata({ topics: [name], deadlineMs })
  const topic = metadata.value.topics.find((candidate) => candidate.name === name)
  if (topic === undefined) throw unknownTopic(name)
  const [basic, usage, { acls, warnings }] = await Promise.all([
    deleteTopic(ports, name, { ...options, dryRun: true }),
    readUsage(ports, topic, options),
    readTopicAcls(ports.acls, name, options)
  ])
  const plan = {
    ...basic,
    action: 'delete' as const,
    lastWriteAt: usage.lastWriteAt,
    groups: usage.groups,
    acls,
    obstacles: obstaclesTo(name, usage, { now: options.now(), quietMs: ports.quietMs }),
    warnings: distinctWarnings([...basic.warnings, ...usage.warnings, ...warnings])
  }
  return { plan, topic, usage }
}

function specToKeep({ plan, topic, usage }: Preview, { now }: ChangeTiming): Omit<KeptTopic, 'id'> {
  return {
    deletedAt: now().toISOString(),
    topic: plan.topic,
    assignment: topic.partitions.map(({ replicas }) => replicas),
    records: plan.records ?? null,
    committedOffsets: usage.committedOffsets,
    acls: plan.acls ?? null,
    warnings: plan.warnings
  }
}
