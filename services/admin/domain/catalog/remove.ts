import type { ChangeTiming } from '../timing.ts'
import { type DeletionPorts, deleteGuarded } from '../topics/delete-guarded.ts'
import { assertFree } from '../topics/topic-usage.ts'

/** Deletes a topic under the guards of any deletion, or plans it. @returns what is lost, in words */
export type RemoveTopic = (name: string, options: { dryRun: boolean }) => Promise<string>

/** Deletes topics for a catalog under the guards of any deletion; a plan is refused like the deletion itself. */
export function guardedRemoval(
  ports: DeletionPorts,
  { force, reason }: { force: boolean; reason?: string },
  options: ChangeTiming
): RemoveTopic {
  return async (name, { dryRun }) => {
    const request = { dryRun, force, ...(reason === undefined ? {} : { reason }) }
    const { topic, records, lastWriteAt, groups, obstacles } = await deleteGuarded(ports, name, request, options)
    if (dryRun) assertFree(name, obstacles, force)
    const what = [
      `${topic.partitions} partitions`,
      `${records ?? 'an unknown number of'} records`,
      lastWriteAt === null ? 'last write unknown' : `last write at ${lastWriteAt}`,
      `${groups.length} groups`
    ]
    return what.join(', ')
  }
}
