import type { GroupList, GroupListQuery } from '#shared/contracts/groups.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { GroupOverview } from '#shared/kafka/groups/port.ts'
import { decodeCursor, encodeCursor } from '#shared/lists/cursor.ts'
import type { ReadTiming } from '../timing.ts'

const defaultLimit = 1000
const anyName = /^[^\n]{1,1000}$/su

/**
 * One page of the groups, by name. Two requests per broker, however many groups there are.
 * @throws KopsError cluster_unreachable, or validation_failed on `cursor`
 */
export async function listGroups(
  reader: Pick<ClusterReader, 'groups'>,
  query: GroupListQuery,
  { now, deadlineMs }: ReadTiming
): Promise<GroupList> {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, anyName)
  const { value, warnings } = await reader.groups({ deadlineMs })
  const { page, nextCursor } = pageOf(value, { ...query, after })
  return { groups: page, ...(nextCursor === undefined ? {} : { nextCursor }), asOf: now().toISOString(), warnings }
}

/** The groups of one page, in the order of their code units: the same on every machine. */
export function pageOf(
  groups: readonly GroupOverview[],
  { name, state, limit = defaultLimit, after }: Omit<GroupListQuery, 'cursor'> & { after: string | undefined }
): { page: GroupOverview[]; nextCursor: string | undefined } {
  const wanted = state?.toLowerCase()
  const matching = groups
    .filter((group) => name === undefined || group.group.includes(name))
    .filter((group) => wanted === undefined || group.state.toLowerCase() === wanted)
    .filter((group) => after === undefined || group.group > after)
    .sort((a, b) => (a.group < b.group ? -1 : 1))
  const page = matching.slice(0, limit)
  const last = page.at(-1)
  return { page, nextCursor: last !== undefined && matching.length > limit ? encodeCursor(last.group) : undefined }
}
