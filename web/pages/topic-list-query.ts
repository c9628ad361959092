import type { TopicListQuery } from '#shared/contracts/topics.ts'

/** What the address of the list of topics asks the API for; what it does not know is left out. */
export function topicListQuery(search: URLSearchParams): Omit<TopicListQuery, 'limit' | 'cursor'> {
  const oneOf = <T extends string>(name: string, allowed: readonly T[]): T | undefined =>
    allowed.find((each) => each === search.get(name))
  const given = {
    name: search.get('q') || undefined,
    trouble: oneOf('trouble', ['any', 'offline', 'under_replicated'] as const),
    sort: oneOf('sort', ['name', 'size', 'partitions', 'trouble'] as const),
    order: oneOf('order', ['asc', 'desc'] as const),
    internal: search.get('internal') === 'true' || undefined
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
