import { plain } from './paint.ts'

type Item = Record<string, unknown>

/**
 * The items of an answer that is a list: what names nothing itself and has one array, its warnings aside. A topic with its
 * partitions is one thing; undefined then.
 */
export function itemsOf(answer: object): readonly unknown[] | undefined {
  if (Array.isArray(answer)) return answer
  if (nameOf(answer) !== undefined) return undefined
  const arrays = Object.entries(answer).filter(([key, value]) => key !== 'warnings' && Array.isArray(value))
  const [only, another] = arrays
  return only && !another ? only[1] : undefined
}

/** The name by which a command takes an item, `orders`, or `orders-0` for a partition; undefined where it has none. */
export function nameOf(item: unknown): string | undefined {
  if (typeof item === 'string') return plain(item)
  if (typeof item !== 'object' || item === null) return undefined
  const { topic, partition, offset, ...rest } = item as Item
  if (typeof partition === 'number') {
    const place = typeof topic === 'string' ? `${topic}-${partition}` : `${partition}`
    return plain(typeof offset === 'number' || typeof offset === 'string' ? `${place}:${offset}` : place)
  }
  const name = [rest['name'], rest['id'], rest['group'], topic, rest['node']].find(
    (each) => typeof each === 'string' || typeof each === 'number'
  )
  return name === undefined ? undefined : plain(String(name))
}
