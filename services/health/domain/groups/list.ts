import type { Warning } from '#shared/contracts/common.ts'
import type {
  GroupHealthDetail,
  GroupHealthList,
  GroupHealthListQuery,
  GroupPartitionHealth
} from '#shared/contracts/group-health.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import { decodeCursor, encodeCursor } from '#shared/lists/cursor.ts'
import type { ClusterReadings } from '../readings.ts'
import type { JudgedGroup } from './judge.ts'
import { gravityOf, verdictOf } from './verdict.ts'

const defaultLimit = 1000
const anyName = /^[^\n]{1,1000}$/su
const anyPlace = /^(-|[A-Z]{1,10}) (-|\d+(?:\.\d+)?(?:e[+-]?\d+)?) (-|\d{1,20}) ([^\n]{1,1000})$/su

/** The part of a snapshot on groups. */
export interface GroupSnapshot {
  readonly groups: readonly JudgedGroup[]
  readonly readings: Pick<ClusterReadings, 'groups' | 'parts' | 'asOf'>
  readonly health: Pick<GroupHealthList, 'warnings'>
}

type Ranked = Pick<JudgedGroup, 'group' | 'verdict' | 'lag' | 'lagSeconds'>

/** The order of urgency: most severe verdict, then oldest unread record, then largest lag, then name. */
export function worstFirst(a: Ranked, b: Ranked): number {
  return (
    gravityOf(b.verdict) - gravityOf(a.verdict) ||
    (b.lagSeconds ?? -1) - (a.lagSeconds ?? -1) ||
    (b.lag ?? -1) - (a.lag ?? -1) ||
    byName(a, b)
  )
}

function byName(a: Pick<Ranked, 'group'>, b: Pick<Ranked, 'group'>): number {
  return a.group < b.group ? -1 : Number(a.group > b.group)
}

const orders = {
  name: {
    compare: byName,
    placeOf: ({ group }: Ranked) => group,
    at: (place: string): Ranked => ({ group: place, verdict: null, lagSeconds: null, lag: null }),
    places: anyName
  },
  /** A cursor contains everything that decides the order. */
  worst: {
    compare: worstFirst,
    placeOf: ({ group, verdict, lagSeconds, lag }: Ranked) =>
      `${verdict ?? '-'} ${lagSeconds ?? '-'} ${lag ?? '-'} ${group}`,
    at(place: string): Ranked {
      const [, verdict = '', lagSeconds = '', lag = '', group = ''] = anyPlace.exec(place) ?? []
      const number = (text: string) => (text === '-' ? null : Number(text))
      return { group, verdict: verdictOf(verdict), lagSeconds: number(lagSeconds), lag: number(lag) }
    },
    places: anyPlace
  }
}

/**
 * One page of the requested groups, ordered by the code units of their names or by urgency. In the latter order, a
 * group whose lag changes between two pages may be skipped or repeated.
 * @throws KopsError validation_failed on `cursor`
 */
export function listGroupHealth(
  snapshot: GroupSnapshot,
  { name, state, verdict, topic, sort = 'name', limit = defaultLimit, cursor }: GroupHealthListQuery
): GroupHealthList {
  const order = orders[sort]
  const after = cursor === undefined ? undefined : order.at(decodeCursor(cursor, order.places))
  const wanted = state?.toLowerCase()
  const matching = snapshot.groups
    .filter((judged) => name === undefined || judged.group.includes(name))
    .filter((judged) => wanted === undefined || judged.state.toLowerCase() === wanted)
    .filter((judged) => verdict === undefined || judged.verdict === verdict)
    .filter((judged) => topic === undefined || judged.partitions.some((partition) => partition.topic === topic))
    .filter((judged) => after === undefined || order.compare(judged, after) > 0)
    .sort(order.compare)
  const page = matching.slice(0, limit).map(({ partitions: _partitions, ...summary }) => summary)
  const last = page.at(-1)
  return {
    groups: page,
    ...(last !== undefined && matching.length > limit ? { nextCursor: encodeCursor(order.placeOf(last)) } : {}),
    ...told(snapshot)
  }
}

/**
 * One group, partition by partition.
 * @throws KopsError group_not_found; coordinator_unavailable if the groups could not be listed
 */
export function describeGroupHealth(snapshot: GroupSnapshot, group: string): GroupHealthDetail {
  const judged = snapshot.groups.find((candidate) => candidate.group === group)
  if (judged !== undefined) {
    const partitions = judged.partitions.toSorted(byTopicAndNumber)
    return { ...judged, partitions, ...told(snapshot) }
  }
  if (snapshot.readings.groups === null) {
    throw new KopsError('coordinator_unavailable', unlisted.message)
  }
  throw fieldError('group_not_found', 'group', `The last reading of the cluster has no group ${group}`)
}

function told({ readings, health }: GroupSnapshot): Pick<GroupHealthList, 'asOf' | 'warnings'> {
  const asOf = (readings.parts.get('offsets')?.asOf ?? readings.asOf).toISOString()
  return { asOf, warnings: readings.groups === null ? [...health.warnings, unlisted] : health.warnings }
}

/** No list is not an empty one. */
const unlisted: Warning = {
  code: 'coordinator_unavailable',
  message: 'The groups of the cluster have not been listed yet, or could not be listed',
  target: 'groups'
}

function byTopicAndNumber(a: GroupPartitionHealth, b: GroupPartitionHealth): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}
