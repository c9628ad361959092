import type { PartitionCounts, TopicHealth } from '../../../shared/contracts/health.ts'
import type { PartitionMetadata, TopicMetadata } from '../../../shared/kafka/ports.ts'

/**
 * Counts a topic's partitions in trouble:
 * - under-replicated: fewer in-sync replicas than replicas
 * - under min-ISR: fewer in-sync replicas than min.insync.replicas, so that writes with acks=all are refused
 * - offline: no leader
 * A topic is healthy when it has none of them. While min.insync.replicas is unknown, the other two decide.
 */
export function evaluateTopic({ name, partitions }: TopicMetadata, minInsyncReplicas: number | undefined): TopicHealth {
  const underReplicated = countOf(partitions, ({ isr, replicas }) => isr.length < replicas.length)
  const offline = countOf(partitions, ({ leader }) => leader === null)
  const underMinIsr =
    minInsyncReplicas === undefined ? null : countOf(partitions, ({ isr }) => isr.length < minInsyncReplicas)
  return {
    name,
    partitions: partitions.length,
    underReplicated,
    underMinIsr,
    offline,
    healthy: underReplicated === 0 && offline === 0 && (underMinIsr ?? 0) === 0
  }
}

/** The cluster's counts. `underMinIsr` is null unless it is known of every topic. */
export function sumPartitions(topics: readonly TopicHealth[]): PartitionCounts {
  const counts: PartitionCounts = { total: 0, underReplicated: 0, underMinIsr: 0, offline: 0 }
  for (const topic of topics) {
    counts.total += topic.partitions
    counts.underReplicated += topic.underReplicated
    counts.offline += topic.offline
    counts.underMinIsr =
      counts.underMinIsr === null || topic.underMinIsr === null ? null : counts.underMinIsr + topic.underMinIsr
  }
  return counts
}

function countOf(
  partitions: readonly PartitionMetadata[],
  inTrouble: (partition: PartitionMetadata) => boolean
): number {
  return partitions.filter(inTrouble).length
}
