import type { DeleteTopicPlan, TopicDeletion } from '#shared/contracts/topic-deletions.ts'
import type { RecreatePlan } from '#shared/contracts/topic-recreation.ts'
import { bytes, counted, type Output, paint } from '../output.ts'
import { plain } from '../paint.ts'
import { tellObstacles } from './topic-changes.ts'
import { tellWaiting } from './topics.ts'

/** @param grace until it is carried out, `15m` */
export function printDeletionPlan(output: Output, plan: DeleteTopicPlan, grace?: string): void {
  const { topic, dryRun, applied, records, sizeBytes, groups, lastWriteAt, obstacles } = plan
  const when = grace === undefined ? '' : ` in ${grace}`
  const verb = dryRun ? 'would delete' : applied ? 'deleted' : 'did not delete'
  const size = `${counted(records ?? null, 'record')}, ${bytes(sizeBytes ?? null)} on disk`
  output.print(`${verb} ${topic.name}${when}: ${counted(topic.partitions, 'partition')}, ${size}`)
  if (dryRun && grace !== undefined) output.print('  until then, kops topics deletions cancel with its id prevents it')
  if (lastWriteAt !== null) output.print(`  last record at ${lastWriteAt}`)
  for (const { group, state, members, committedPartitions } of groups) {
    const offsets = `offsets of ${counted(committedPartitions, 'partition')}`
    output.print(`  group ${plain(group)}: ${state}, ${counted(members, 'member')}, ${offsets}`)
  }
  tellObstacles(output, dryRun, obstacles)
  if (applied) output.print(`kops topics recreate ${topic.name} recreates it without its records`)
}

export function printDeletion(output: Output, { id, topic, status, dueAt, endedAt, detail }: TopicDeletion): void {
  if (status === 'scheduled') {
    output.print(`${topic} will be deleted at ${paint('bold', dueAt)}, as ${id}`)
    output.print(`kops topics deletions cancel ${id} prevents it`)
  } else {
    output.print(`deletion ${id} of ${topic}: ${status}${endedAt === null ? '' : ` at ${endedAt}`}`)
  }
  if (detail !== null) output.print(`  ${plain(detail)}`)
}

export function printCancellation(output: Output, deletion: TopicDeletion, dryRun: boolean): void {
  const { id, topic, status, dueAt } = deletion
  if (dryRun && status === 'scheduled') output.print(`would cancel ${id}: ${topic} would not be deleted at ${dueAt}`)
  else printDeletion(output, deletion)
}

export function printRecreation(output: Output, plan: RecreatePlan): void {
  const { topic, deletedAt, dryRun, applied, recordsLost, committedOffsets, acls, waitingFor } = plan
  const verb = dryRun ? 'would make' : applied ? 'made' : 'did not make'
  output.print(`${verb} ${topic.name} as it was at ${deletedAt}: ${counted(topic.partitions, 'partition')}, empty`)
  output.print(`  ${counted(recordsLost, 'record')} are not restored`)
  for (const [name, value] of Object.entries(topic.configs ?? {})) output.print(`  ${name}=${value}`)
  if (acls !== null && acls.length > 0) output.print(`  ${counted(acls.length, 'ACL')}`)
  for (const { group, partition, offset, restoredAs, detail } of committedOffsets) {
    const now = restoredAs === null ? `is not restored${detail ? `: ${detail}` : ''}` : `becomes ${restoredAs}`
    output.print(`  offset ${offset} of group ${plain(group)}, partition ${partition}, ${now}`)
  }
  tellWaiting(output, waitingFor)
}
