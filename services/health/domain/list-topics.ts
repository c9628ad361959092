import type { ClusterHealth } from '#shared/contracts/health.ts'
import type { TopicHealth, TopicHealthList, TopicHealthListQuery } from '#shared/contracts/topic-health.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { decodeCursor, encodeCursor } from '#shared/lists/cursor.ts'

const inTrouble: Record<NonNullable<TopicHealthListQuery['trouble']>, (topic: TopicHealth) => boolean> = {
  any: ({ healthy }) => !healthy,
  offline: ({ offline }) => offline > 0,
  under_min_isr: ({ underMinIsr }) => (underMinIsr ?? 0) > 0,
  under_replicated: ({ underReplicated }) => underReplicated > 0
}

/**
 * One page of the requested topics, ordered by the code units of their names.
 * @throws KopsError validation_failed on `cursor`; cluster_unreachable if no broker answers: a missing list is not an
 * empty one
 */
export function listTopicHealth(
  { topics, partitions, asOf, warnings }: Pick<ClusterHealth, 'topics' | 'partitions' | 'asOf' | 'warnings'>,
  { name, trouble, limit = 1000, cursor }: TopicHealthListQuery
): TopicHealthList {
  if (partitions === null) throw new KopsError('cluster_unreachable', 'No broker answers, so the topics are unknown')
  const after = cursor === undefined ? undefined : decodeCursor(cursor)
  const matching = topics
    .filter((topic) => name === undefined || topic.name.includes(name))
    .filter((topic) => trouble === undefined || inTrouble[trouble](topic))
    .filter((topic) => after === undefined || topic.name > after)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const page = matching.slice(0, limit)
  const last = page.at(-1)
  return {
    topics: page,
    ...(last !== undefined && matching.length > limit ? { nextCursor: encodeCursor(last.name) } : {}),
    asOf,
    warnings
  }
}
