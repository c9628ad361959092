import type { Affected, AffectedTopic } from '#shared/contracts/partition-health.ts'
import { brokerName, type PartitionMetadata, type TopicMetadata } from '#shared/kafka/model.ts'
import { worstTrouble } from './partitions.ts'

const mostTopics = 20
const mostPartitions = 20
const gravity = [
  'offline',
  'under_min_isr',
  'under_replicated',
  'unconfirmed'
] as const satisfies AffectedTopic['trouble'][]

/**
 * Which partitions are in trouble, each under its worst, by topic: the gravest first, then the most, then by name.
 * @param silent ids of brokers that do not answer: a partition without a leader keeps its last replica in the ISR
 */
export function findAffected(
  { topics }: { topics: readonly TopicMetadata[] },
  minInsyncReplicas: ReadonlyMap<string, number>,
  silent: ReadonlySet<number>
): AffectedTopic[] {
  const found: AffectedTopic[] = []
  for (const { name, partitions } of topics) {
    const minimum = minInsyncReplicas.get(name)
    const byTrouble = Map.groupBy(partitions, (partition) => worstTrouble(partition, minimum, silent))
    for (const trouble of gravity) {
      const concerned = byTrouble.get(trouble)
      if (concerned) found.push(toAffected(name, trouble, concerned, silent))
    }
  }
  return found.sort(
    (a, b) =>
      gravity.indexOf(a.trouble) - gravity.indexOf(b.trouble) ||
      b.count - a.count ||
      (a.topic < b.topic ? -1 : Number(a.topic > b.topic))
  )
}

/** The part of the list that fits into an answer. */
export function boundAffected(affected: readonly AffectedTopic[]): Affected {
  return { topics: affected.slice(0, mostTopics), omitted: Math.max(0, affected.length - mostTopics) }
}

function toAffected(
  topic: string,
  trouble: AffectedTopic['trouble'],
  concerned: readonly PartitionMetadata[],
  silent: ReadonlySet<number>
): AffectedTopic {
  const missing = new Set<number>()
  for (const { replicas, isr } of concerned) {
    for (const id of replicas) if (silent.has(id) || !isr.includes(id)) missing.add(id)
  }
  const partitions = concerned
    .toSorted((a, b) => a.partition - b.partition)
    .slice(0, mostPartitions)
    .map(({ partition, leader, replicas, isr }) => ({ partition, leader, replicas, isr }))
  const names = Array.from(missing).sort((a, b) => a - b)
  return { topic, trouble, count: concerned.length, partitions, missing: names.map(brokerName) }
}
