import type { Warning } from '#shared/contracts/common.ts'
import type { AddPartitionsPlan } from '#shared/contracts/topic-changes.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { TopicBatches } from '#shared/kafka/topics/port.ts'
import { assertNotReserved, type ReservedTopics } from '#shared/reserved-topics.ts'
import type { ChangeTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'
import { checkAdditions } from './additions.ts'
import { notReady, waitForAgreement } from './agreement.ts'
import { unlessUnanswered } from './create-topic.ts'
import { recordsIn } from './delete-topic.ts'
import { unknownTopic } from './describe-topic.ts'
import { replicationFactorOf } from './topic-summary.ts'
import { assertReasoned } from './topic-usage.ts'

export interface PartitionPorts {
  reader: ClusterReader
  batches: Pick<TopicBatches, 'addPartitions'>
  reserved: Pick<ReservedTopics, 'refusal'>
  /** The most replicas that one request may create. */
  mostReplicas: number
}

export interface Growth {
  /** The new total. */
  partitions: number
  dryRun?: boolean
  /** Also adds very many, for a reason. */
  force?: boolean
  reason?: string
}

/**
 * Adds partitions to a topic and resolves once each reachable broker names a leader for each; if that takes too long,
 * the plan says what is missing.
 * @throws KopsError topic_not_found, topic_protected, partitions_invalid, growth_unconfirmed, validation_failed (force
 * without a reason)
 */
export async function addPartitions(
  { reader, batches, reserved, mostReplicas }: PartitionPorts,
  name: string,
  { partitions, dryRun = false, force = false, reason }: Growth,
  options: ChangeTiming
): Promise<AddPartitionsPlan> {
  assertReasoned({ force, ...(reason === undefined ? {} : { reason }) })
  assertNotReserved(reserved, name, 'change')
  const { deadlineMs } = options
  const metadata = await reader.metadata({ topics: [name], deadlineMs })
  const topic = metadata.value.topics.find((candidate) => candidate.name === name)
  if (topic === undefined) throw unknownTopic(name)
  const before = topic.partitions.length
  if (partitions <= before) {
    throw fieldError(
      'partitions_invalid',
      'partitions',
      `${name} has ${before} partitions: Kafka can add partitions but not remove them`
    )
  }
  const added = { topic: name, field: 'partitions', partitions: partitions - before, grows: true } as const
  const objections = checkAdditions([{ ...added, replicationFactor: replicationFactorOf(topic) }], mostReplicas, {
    dryRun,
    force
  })
  const [offsets, configs] = await Promise.all([
    reader.offsets([topic], { deadlineMs }),
    reader.topicConfigs([name], { deadlineMs, names: ['cleanup.policy'] })
  ])
  const policy = configs.value.get(name)?.find((entry) => entry.name === 'cleanup.policy')?.value ?? ''
  const plan: AddPartitionsPlan = {
    action: 'add-partitions',
    topic: name,
    before,
    after: partitions,
    dryRun,
    applied: false,
    warnings: distinctWarnings([
      ...objections,
      ...keyWarnings(name, { before, after: partitions, records: recordsIn(topic, offsets.value), policy }),
      ...[metadata, offsets, configs].flatMap(({ warnings }) => warnings)
    ])
  }
  const send = async (validateOnly: boolean) => {
    const refusals = await batches.addPartitions([{ name, partitions }], {
      validateOnly,
      timeoutMs: options.changeTimeoutMs
    })
    const refusal = refusals.get(name)
    if (refusal) throw refusal
  }
  await send(true)
  if (dryRun) return plan
  const unanswered = await send(false).then(() => undefined, unlessUnanswered)
  const waitingFor = await waitForAgreement(reader, name, (views) => notReady(views, name, partitions), {
    ...options,
    waitMs: unanswered ? deadlineMs : options.waitMs
  })
  if (unanswered && waitingFor.length > 0) throw unanswered
  return { ...plan, applied: true, ...(waitingFor.length === 0 ? {} : { waitingFor }) }
}

/** The effect of more partitions on keys. Pure. @param records null if unknown */
export function keyWarnings(
  topic: string,
  { before, after, records, policy }: { before: number; after: number; records: number | null; policy: string }
): Warning[] {
  if (records === 0) return []
  const message = `A key's partition is its hash modulo the number of partitions: with ${after} instead of ${before}, most keys map to another partition. Their records are then in two partitions, without a common order`
  const warnings: Warning[] = [{ code: 'keys_move', message, target: topic }]
  if (policy.includes('compact')) {
    warnings.push({
      code: 'keys_move',
      message:
        'Kafka compacts each partition separately: old values of moved keys stay forever, and deletions do not reach them',
      target: topic
    })
  }
  return warnings
}
