import type { Warning } from '#shared/contracts/common.ts'
import { fieldError, type KopsError } from '#shared/errors/catalog.ts'
import type { ReservedTopics } from '#shared/reserved-topics.ts'

/** The name of a topic in Kafka's metrics, which write "." as "_" (org.apache.kafka.common.internals.Topic). */
export function metricName(name: string): string {
  return name.replaceAll('.', '_')
}

/** Whether another topic can have the same metric name. */
export function canCollide(name: string): boolean {
  return /[._]/.test(name)
}

/** Topics that would share metrics with a topic of this name: their names differ only in "." and "_". Pure. */
export function collidingWith(name: string, existing: Iterable<string>): string[] {
  if (!canCollide(name)) return []
  const wanted = metricName(name)
  return [...existing].filter((other) => other !== name && metricName(other) === wanted).sort()
}

/** Names the topics that conflict with a name. */
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

/** Warnings about a new topic's name for its owner. Pure. */
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

/** Paths below /api/topics that do not name a topic. */
const takenPaths = new Map([
  ['advice', 'GET /api/topics/advice advises on the number of partitions'],
  ['batch', 'POST /api/topics/batch creates many topics'],
  ['deletions', 'GET /api/topics/deletions lists scheduled deletions']
])

/**
 * Why kops does not create a topic of this name, whether single, in a batch, from a catalog or recreated: the name is
 * reserved, or a path of this API. undefined if it may be created; only Kafka knows whether it accepts the name. Pure.
 */
export function nameRefusal(name: string, reserved: Pick<ReservedTopics, 'refusal'>): KopsError | undefined {
  const refusal = reserved.refusal(name, 'create')
  return refusal ?? takenPath(name)
}

/** Why no topic may have a name that is a path of this API; undefined if it is none. Pure. */
export function takenPath(name: string): KopsError | undefined {
  const path = takenPaths.get(name)
  if (path === undefined) return undefined
  const reason = `is reserved: ${path}, so a topic of this name would be unreachable through its path`
  return fieldError('validation_failed', 'topicName', reason)
}
