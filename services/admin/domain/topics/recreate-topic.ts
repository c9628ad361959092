import type { KeptTopic, RecreatePlan, RecreateQuery } from '#shared/contracts/topic-recreation.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { AclAdmin } from '#shared/kafka/acls/port.ts'
import type { TopicGroups } from '#shared/kafka/groups/port.ts'
import { planAclRestore, restoreAcls } from '../acls/topic-acls.ts'
import type { ChangeTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'
import { checkAdditions } from './additions.ts'
import { type ChangePorts, createTopic } from './create-topic.ts'
import type { KeptTopics } from './kept-topics.ts'
import { nameRefusal } from './topic-names.ts'

export interface RecreatePorts extends ChangePorts {
  topicGroups: Pick<TopicGroups, 'commitOffsets'>
  acls: Pick<AclAdmin, 'list' | 'create'>
  kept: Pick<KeptTopics, 'find'>
}

/**
 * Recreates a deleted topic: partitions, configuration, missing ACLs and the groups that had committed offsets. Does
 * not restore records, and the plan says so. Kafka chooses the replicas, because the brokers may have changed. Failures
 * after the topic exists become warnings in the plan: nothing is rolled back.
 * @throws KopsError topic_spec_unknown, topic_exists, growth_unconfirmed, and those of createTopic; checks the name first
 */
export async function recreateTopic(
  { reader, admin, reserved, mostReplicas, topicGroups, acls, kept: keptTopics }: RecreatePorts,
  name: string,
  { dryRun = false, offsets = 'start', force = false }: RecreateQuery,
  options: ChangeTiming
): Promise<RecreatePlan> {
  const refusal = nameRefusal(name, reserved)
  if (refusal) throw refusal
  const kept = await keptTopics.find(name)
  const addition = { topic: name, field: 'topicName', ...kept.topic }
  const objections = checkAdditions([addition], mostReplicas, { dryRun, force })
  const { acls: restorable, warnings } = await planAclRestore(acls, name, kept.acls, options)
  // It comes back as it was: policies are for new topics.
  const ports = { reader, admin, reserved, mostReplicas, policies: async () => [] }
  const made = await createTopic(ports, { spec: kept.topic }, { ...options, dryRun, force: true })
  const plan = { ...planRecreate(kept, { dryRun, offsets }), acls: restorable }
  plan.warnings = distinctWarnings([...objections, ...plan.warnings, ...made.warnings, ...warnings])
  if (dryRun) return plan
  plan.applied = true
  if (made.waitingFor) plan.waitingFor = made.waitingFor
  plan.warnings.push(...(await restoreAcls(acls, name, plan.acls ?? [], options)))
  await restoreOffsets(topicGroups, plan, options)
  return plan
}

/**
 * A record's offset means nothing in a new log. A group that kept its old offset would be out of range and, once the
 * log has grown past it, would skip everything written until then: so it starts at 0, where it skips nothing.
 */
export function planRecreate(
  kept: KeptTopic,
  { dryRun, offsets }: Required<Pick<RecreateQuery, 'dryRun' | 'offsets'>>
): Omit<RecreatePlan, 'acls'> {
  const { topic, deletedAt, records, committedOffsets } = kept
  const lost = records === null ? 'Its records' : `Its ${records} records`
  return {
    action: 'recreate',
    topic,
    deletedAt,
    dryRun,
    applied: false,
    recordsLost: records,
    committedOffsets: committedOffsets.map((entry) => ({ ...entry, restoredAs: offsets === 'start' ? 0 : null })),
    warnings: [
      {
        code: 'records_not_restored',
        message: `${lost} are lost for good; the topic is empty, and its groups start at offset 0`,
        target: topic.name
      }
    ]
  }
}

async function restoreOffsets(
  topicGroups: RecreatePorts['topicGroups'],
  plan: RecreatePlan,
  { changeTimeoutMs }: ChangeTiming
): Promise<void> {
  const wanted = plan.committedOffsets.filter(({ restoredAs }) => restoredAs !== null)
  for (const [group, entries] of Map.groupBy(wanted, ({ group }) => group)) {
    const offsets = new Map(entries.map(({ partition, restoredAs }) => [partition, restoredAs ?? 0]))
    try {
      await topicGroups.commitOffsets(group, plan.topic.name, offsets, { deadlineMs: changeTimeoutMs })
    } catch (error) {
      if (!isKopsError(error)) throw error
      for (const entry of entries) {
        entry.restoredAs = null
        entry.detail = error.message
      }
      plan.warnings.push({
        code: error.code,
        message: `The offsets of group ${group} were not restored: ${error.message}`,
        target: group
      })
    }
  }
}
