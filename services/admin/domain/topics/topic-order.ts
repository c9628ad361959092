import type { TopicListQuery, TopicSort, TopicSummary } from '#shared/contracts/topics.ts'
import { fieldError } from '#shared/errors/catalog.ts'

export interface TopicOrder {
  sort: TopicSort
  order: 'asc' | 'desc'
}

/**
 * A topic's position in an order. Contains values rather than indexes, so that creating or deleting a topic between two
 * pages neither repeats nor skips another.
 */
export interface TopicPlace {
  value: number
  name: string
}

/** More partitions than a cluster can have. */
const mostPartitions = 10_000_000

export function orderOf({ sort = 'name', order = 'asc' }: Pick<TopicListQuery, 'sort' | 'order'>): TopicOrder {
  return { sort, order }
}

export function placeOf(topic: TopicSummary, sort: TopicSort): TopicPlace {
  switch (sort) {
    case 'name':
      return { value: 0, name: topic.name }
    case 'partitions':
      return { value: topic.partitions, name: topic.name }
    case 'size':
      // An unknown size sorts below every size.
      return { value: topic.sizeBytes ?? -1, name: topic.name }
    case 'trouble':
      // One partition without a leader is worse than any number of under-replicated ones.
      return { value: topic.offline * mostPartitions + topic.underReplicated, name: topic.name }
  }
}

/** The order of code units for names: the same on every machine. Equal values are by name, ascending in either direction. */
export function comparePlaces(a: TopicPlace, b: TopicPlace, { sort, order }: TopicOrder): number {
  const direction = order === 'asc' ? 1 : -1
  if (a.value !== b.value) return (a.value - b.value) * direction
  const byName = a.name < b.name ? -1 : a.name > b.name ? 1 : 0
  return sort === 'name' ? byName * direction : byName
}

/** A place for the caller to hand back. Opaque: base64url of the order, the value and the name. */
export function encodePlace({ value, name }: TopicPlace, { sort, order }: TopicOrder): string {
  return Buffer.from([sort, order, value, name].join(' '), 'utf8').toString('base64url')
}

/** @throws KopsError validation_failed on `cursor` if encodePlace did not create it, or for another order */
export function decodePlace(cursor: string, order: TopicOrder): TopicPlace {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const [, sort, direction, value, name] = /^(\w+) (asc|desc) (-1|\d{1,16}) ([a-zA-Z0-9._-]{1,249})$/.exec(text) ?? []
  const place = { value: Number(value), name: name ?? '' }
  if (sort !== order.sort || direction !== order.order || encodePlace(place, order) !== cursor) {
    throw fieldError('validation_failed', 'cursor', 'is not a nextCursor of this list in this order')
  }
  return place
}
