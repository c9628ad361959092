import type { ForgetPlan } from '#shared/contracts/group-changes.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { Commit, GroupAdmin } from '#shared/kafka/groups/port.ts'
import { comparePlaces } from '#shared/kafka/model.ts'
import { assertInactive } from './active-members.ts'
import type { GroupChangeOptions } from './reset-offsets.ts'

/**
 * Deletes a group that has no members, with everything that it has committed; the plan keeps what that was.
 * @throws KopsError group_not_found, group_active, coordinator_unavailable, cluster_unreachable, kafka_timeout
 */
export async function deleteGroup(
  groups: GroupAdmin,
  group: string,
  { dryRun, deadlineMs, changeTimeoutMs }: GroupChangeOptions
): Promise<ForgetPlan> {
  const { value, warnings } = await groups.describe(group, { deadlineMs })
  assertInactive(value)
  const plan = planOf('delete', value, value.commits, dryRun, warnings)
  if (dryRun) return plan
  await groups.deleteGroup(group, { deadlineMs: changeTimeoutMs })
  return { ...plan, applied: true }
}

/**
 * Deletes the committed offsets of a group for one topic. Refused while the group has members: Kafka would allow it
 * with members that subscribe to other topics, and a member that subscribes a moment later would start at an unexpected
 * position.
 * @throws KopsError group_not_found, group_active, topic_not_found (it has no commits there), coordinator_unavailable,
 * cluster_unreachable, kafka_timeout
 */
export async function deleteOffsets(
  groups: GroupAdmin,
  { group, topic }: { group: string; topic: string },
  { dryRun, deadlineMs, changeTimeoutMs }: GroupChangeOptions
): Promise<ForgetPlan> {
  const { value, warnings } = await groups.describe(group, { deadlineMs })
  assertInactive(value)
  const commits = value.commits.filter((commit) => commit.topic === topic)
  if (commits.length === 0) {
    const hidden = warnings.find(({ code }) => code === 'kafka_not_authorized')
    if (hidden) throw new KopsError('kafka_not_authorized', hidden.message)
    throw fieldError('topic_not_found', 'topic', `${group} has no committed offsets in ${topic}`)
  }
  const plan = planOf('delete-offsets', value, commits, dryRun, warnings)
  if (dryRun) return plan
  const partitions = commits.map(({ partition }) => partition)
  const results = await groups.deleteOffsets(group, topic, partitions, { deadlineMs: changeTimeoutMs })
  const errors = new Map(results.map(({ partition, error }) => [partition, error]))
  const committed = plan.committed.map((row) => {
    const error = errors.get(row.partition)
    return error ? { ...row, error } : row
  })
  return { ...plan, committed, applied: committed.every(({ error }) => error === undefined) }
}

function planOf(
  action: ForgetPlan['action'],
  { group, state }: { group: string; state: string },
  commits: readonly Commit[],
  dryRun: boolean,
  warnings: ForgetPlan['warnings']
): ForgetPlan {
  const committed = commits.map(({ topic, partition, offset }) => ({ topic, partition, offset })).sort(comparePlaces)
  return { group, action, state, committed, dryRun, applied: false, warnings }
}
