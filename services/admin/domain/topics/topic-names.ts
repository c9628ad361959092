import type { Warning } from '#shared/contracts/common.ts'
import { fieldError, type KopsError } from '#shared/errors/catalog.ts'
import { isProtected, protectedTopicError } from './topic-protection.ts'

/** The name of a topic in Kafka's metrics, which write "." as "_" (org.apache.kafka.common.internals.Topic). */
export function metricName(name: string): string {
  return name.replaceAll('.', '_')
}

/** Whether another topic can have the same name in metrics. */
export function canCollide(name: string): boolean {
  return /[._]/.test(name)
}

/** Topics whose metrics a topic of this name would share: their names differ by "." and "_" alone. Pure. */
export function collidingWith(name: string, existing: Iterable<string>): string[] {
  if (!canCollide(name)) return []
  const wanted = metricName(name)
  return [...existing].filter((other) => other !== name && metricName(other) === wanted).sort()
}

/** Says which topics stand in the way of a name. */
export function collisionOf(name: string, others: readonly string[]): string {
  return `${name} differs from ${others.join(', ')} only in "." and "_": Kafka writes both as "_" in metric names, and refuses it`
}

/** @param options what Kafka has refused it with */
export function collisionError(
  name: string,
  others: readonly string[],
  options: { cause?: unknown; kafkaError?: string | undefined } = {}
): KopsError {
  return fieldError('topic_name_collides', 'topicName', collisionOf(name, others), options)
}

/** What the owner of a new topic should know about its name. Pure. */
export function nameWarnings(name: string): Warning[] {
  if (!canCollide(name)) return []
  const both = name.includes('.') && name.includes('_')
  const message = both
    ? 'The name has both "." and "_". Kafka writes "." as "_" in metric names, and refuses topics whose metric names would be the same'
    : `Kafka writes "." as "_" in metric names: you cannot create a topic whose name differs only in them (${metricName(name)})`
  return [{ code: 'topic_name_collides', message, target: name }]
}

/** Topics of a cluster that have their metrics in common: one warning for each such name. Pure. */
export function existingCollisions(names: readonly string[]): Warning[] {
  const groups = Map.groupBy(names.filter(canCollide), metricName)
  return [...groups.values()].flatMap((group): Warning[] => {
    const [first, ...others] = group.toSorted()
    if (first === undefined || others.length === 0) return []
    const message = `${first} and ${others.join(', ')} have the same name in Kafka's metrics, which cannot distinguish them`
    return [{ code: 'topic_name_collides', message, target: first }]
  })
}

/** Paths below /api/topics that stand for something else than a topic. */
const takenPaths = new Map([
  ['advice', 'GET /api/topics/advice advises on the number of partitions'],
  ['batch', 'POST /api/topics/batch creates many topics'],
  ['deletions', 'GET /api/topics/deletions lists scheduled deletions']
])

/**
 * Why kops makes no topic of this name, whether for one topic, many, those of a catalog or a deleted one: the name is
 * Kafka's own, or a path of this API has it. undefined when it may be made; whether Kafka takes the name, Kafka says. Pure.
 */
export function nameRefusal(name: string): KopsError | undefined {
  if (isProtected(name)) return protectedTopicError(name)
  const path = takenPaths.get(name)
  if (path === undefined) return undefined
  const reason = `is reserved: ${path}, so a topic of this name would be unreachable through its path`
  return fieldError('validation_failed', 'topicName', reason)
}
