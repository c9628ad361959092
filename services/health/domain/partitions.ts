import type { PartitionCounts, TopicHealth } from '../../../shared/contracts/health.ts'
import type { PartitionMetadata, ReplicaSize, TopicMetadata } from '../../../shared/kafka/ports.ts'
import { scoreTopic } from './score.ts'

/**
 * Counts a topic's partitions in trouble, as the brokers do:
 * - under-replicated: fewer in-sync replicas than replicas
 * - under min-ISR: fewer in-sync replicas than min.insync.replicas, so that writes with acks=all are refused
 * - at min-ISR: exactly min.insync.replicas in sync; a topic that has no more replicas than that is so by design
 * - offline: no leader
 * - not on the preferred leader: led by another than the first replica
 * Brokers ask for no more in-sync replicas than a partition has replicas (Partition.effectiveMinIsr): a topic with one replica
 * takes writes whatever min.insync.replicas says, though kafka-topics --under-min-isr-partitions lists it.
 * A topic is healthy when it has none of the first two and no offline ones. While min.insync.replicas is unknown, the
 * other rules decide.
 * @param sizeBytes of all its replicas; null while that is not known
 */
export function evaluateTopic(
  { name, partitions }: TopicMetadata,
  minInsyncReplicas: number | undefined,
  sizeBytes: number | null = null
): TopicHealth {
  const underReplicated = countOf(partitions, ({ isr, replicas }) => isr.length < replicas.length)
  const offline = countOf(partitions, ({ leader }) => leader === null)
  const effective = ({ replicas }: PartitionMetadata) => Math.min(minInsyncReplicas ?? 0, replicas.length)
  const known = minInsyncReplicas !== undefined
  const underMinIsr = known ? countOf(partitions, (partition) => partition.isr.length < effective(partition)) : null
  const atMinIsr = known ? countOf(partitions, (partition) => partition.isr.length === effective(partition)) : null
  const counts = {
    partitions: partitions.length,
    underReplicated,
    underMinIsr,
    offline,
    atMinIsr,
    notPreferredLeader: countOf(partitions, ({ leader, replicas }) => leader !== null && leader !== replicas[0])
  }
  return {
    name,
    ...counts,
    sizeBytes,
    healthy: underReplicated === 0 && offline === 0 && (underMinIsr ?? 0) === 0,
    score: scoreTopic({ ...counts, replicationFactor: partitions[0]?.replicas.length ?? 0 })
  }
}

/** The cluster's counts. `underMinIsr` and `atMinIsr` are null unless they are known of every topic. */
export function sumPartitions(topics: readonly TopicHealth[]): PartitionCounts {
  const counts: PartitionCounts = {
    total: 0,
    underReplicated: 0,
    underMinIsr: 0,
    offline: 0,
    atMinIsr: 0,
    notPreferredLeader: 0
  }
  for (const topic of topics) {
    counts.total += topic.partitions
    counts.underReplicated += topic.underReplicated
    counts.offline += topic.offline
    counts.notPreferredLeader += topic.notPreferredLeader
    counts.underMinIsr = addKnown(counts.underMinIsr, topic.underMinIsr)
    counts.atMinIsr = addKnown(counts.atMinIsr, topic.atMinIsr)
  }
  return counts
}

function addKnown(sum: number | null, value: number | null): number | null {
  return sum === null || value === null ? null : sum + value
}

/** Bytes of all replicas, by topic. */
export function sumSizes(sizes: readonly ReplicaSize[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { topic, sizeBytes } of sizes) sums.set(topic, (sums.get(topic) ?? 0) + sizeBytes)
  return sums
}

function countOf(
  partitions: readonly PartitionMetadata[],
  inTrouble: (partition: PartitionMetadata) => boolean
): number {
  let count = 0
  for (const partition of partitions) if (inTrouble(partition)) count += 1
  return count
}
