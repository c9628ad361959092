import type { JobListQuery } from '#shared/contracts/common.ts'
import type { TopicDeletion, TopicDeletionList } from '#shared/contracts/topic-deletions.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { decodeCursor, encodeCursor } from '#shared/lists/cursor.ts'
import { isGranted } from '#shared/lists/glob.ts'
import type { ChangeTiming } from '../timing.ts'
import { type DeletionPorts, previewDeletion } from './delete-guarded.ts'
import type { TopicDeletions } from './topic-deletions.ts'
import { assertFree, assertReasoned } from './topic-usage.ts'

const unitsMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const longestMs = 30 * 86_400_000

export interface ScheduleRequest {
  /** `15m` */
  grace: string
  force?: boolean
  reason?: string
  requestedBy: string
}

/**
 * Schedules the deletion of the current topic: one recreated under its name is spared. The guards run now, so that a
 * refusal is immediate, and again when the deletion is due.
 * @throws KopsError topic_protected, topic_not_found, topic_in_use, job_conflict, validation_failed
 */
export async function scheduleDeletion(
  { deletions, ...ports }: DeletionPorts & { deletions: Pick<TopicDeletions, 'schedule'> },
  name: string,
  { grace, force = false, reason, requestedBy }: ScheduleRequest,
  options: ChangeTiming
): Promise<TopicDeletion> {
  assertReasoned({ force, ...(reason === undefined ? {} : { reason }) })
  const waitMs = graceMs(grace)
  const { plan, topic } = await previewDeletion(ports, name, options)
  assertFree(name, plan.obstacles, force)
  return deletions.schedule({
    topic: name,
    ...(topic.id === undefined ? {} : { topicId: topic.id }),
    dueAt: new Date(options.now().getTime() + waitMs),
    requestedBy,
    reason: reason ?? null,
    force,
    plan: { ...plan, dryRun: false }
  })
}

/**
 * One page of the deletions, newest first.
 * @param globs of the only topics that the caller may see; undefined: all
 * @throws KopsError validation_failed on `cursor`
 */
export function pageOfDeletions(
  deletions: Pick<TopicDeletions, 'list'>,
  { limit = 100, cursor }: JobListQuery,
  globs: readonly string[] | undefined,
  { now }: { now: () => Date }
): TopicDeletionList {
  const after = cursor === undefined ? undefined : decodeCursor(cursor)
  const granted = deletions.list().filter(({ topic }) => isGranted(globs, topic))
  const matching = granted.filter(({ id }) => after === undefined || id < after)
  const page = matching.slice(0, limit)
  const last = page.at(-1)
  return {
    deletions: page,
    ...(last !== undefined && matching.length > limit ? { nextCursor: encodeCursor(last.id) } : {}),
    asOf: now().toISOString(),
    warnings: []
  }
}

/** `15m` in milliseconds. @throws KopsError validation_failed on `grace` */
export function graceMs(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  const ms = Number(count) * (unitsMs[unit ?? ''] ?? Number.NaN)
  if (!(ms > 0 && ms <= longestMs)) throw fieldError('validation_failed', 'grace', 'must be between 1s and 30d')
  return ms
}
