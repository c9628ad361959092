import type { PartitionCounts, PartitionTrouble } from '#shared/contracts/partition-health.ts'
import type { TopicHealth } from '#shared/contracts/topic-health.ts'
import type { ReplicaSize } from '#shared/kafka/brokers/port.ts'
import type { PartitionMetadata, TopicMetadata } from '#shared/kafka/model.ts'
import { type Finding, scoreOf, type TopicCode, topicWeights } from './findings.ts'

/**
 * Counts a topic's partitions in trouble, as the brokers do:
 * - under-replicated: fewer in-sync replicas than replicas
 * - under min-ISR: fewer in-sync replicas than min.insync.replicas, so that writes with acks=all are refused
 * - at min-ISR: exactly min.insync.replicas in sync; normal for a topic that has no more replicas than that
 * - offline: no leader
 * - unconfirmed: it has a leader, and an in-sync replica on a broker that does not answer. The controller has not
 *   noticed yet, or cannot without its quorum
 * - not on the preferred leader: its leader is not the first replica
 *
 * Brokers require no more in-sync replicas than a partition has replicas (Partition.effectiveMinIsr): a topic with one
 * replica accepts writes whatever min.insync.replicas says, though kafka-topics --under-min-isr-partitions lists it. A
 * topic is healthy if it has no under-replicated, under min-ISR, offline or unconfirmed partition. While
 * min.insync.replicas is unknown, the other rules decide.
 *
 * | @param sizeBytes of all its replicas; null while unknown
 * @param silent ids of brokers that do not answer
 */
export function evaluateTopic(
  { name, partitions }: TopicMetadata,
  minInsyncReplicas: number | undefined,
  sizeBytes: number | null = null,
  silent: ReadonlySet<number> = new Set()
): TopicHealth {
  const underReplicated = countOf(partitions, ({ isr, replicas }) => isr.length < replicas.length)
  const offline = countOf(partitions, ({ leader }) => leader === null)
  const unconfirmed = countOf(partitions, (partition) => isUnconfirmed(partition, silent))
  const effective = ({ replicas }: PartitionMetadata) => Math.min(minInsyncReplicas ?? 0, replicas.length)
  const known = minInsyncReplicas !== undefined
  const underMinIsr = known ? countOf(partitions, (partition) => partition.isr.length < effective(partition)) : null
  const atMinIsr = known ? countOf(partitions, (partition) => partition.isr.length === effective(partition)) : null
  const counts = {
    partitions: partitions.length,
    underReplicated,
    underMinIsr,
    offline,
    unconfirmed,
    atMinIsr,
    notPreferredLeader: countOf(partitions, ({ leader, replicas }) => leader !== null && leader !== replicas[0])
  }
  const findings = [
    ...partitionFindings({ ...counts, total: partitions.length }, countWorst(partitions, minInsyncReplicas, silent)),
    {
      code: 'single_replica' as const,
      share: partitions[0]?.replicas.length === 1 ? 1 : 0,
      message: 'The topic has a single replica: its data is lost with that broker'
    }
  ]
  return {
    name,
    ...counts,
    sizeBytes,
    healthy: underReplicated + offline + unconfirmed + (underMinIsr ?? 0) === 0,
    score: scoreOf<TopicCode>(findings, topicWeights)
  }
}

/**
 * The worst trouble of a partition. A partition under min-ISR whose min.insync.replicas is unknown counts as
 * under-replicated.
 */
export function worstTrouble(
  partition: PartitionMetadata,
  minInsyncReplicas: number | undefined,
  silent: ReadonlySet<number>
): PartitionTrouble | null {
  const { leader, isr, replicas } = partition
  if (leader === null) return 'offline'
  if (isr.length < Math.min(minInsyncReplicas ?? 0, replicas.length)) return 'under_min_isr'
  if (isr.length < replicas.length) return 'under_replicated'
  return isUnconfirmed(partition, silent) ? 'unconfirmed' : null
}

function isUnconfirmed({ leader, isr }: PartitionMetadata, silent: ReadonlySet<number>): boolean {
  return leader !== null && silent.size > 0 && isr.some((id) => silent.has(id))
}

/** The number of partitions per trouble, each counted by its worst one. */
export type WorstCounts = Record<PartitionTrouble, number>

function countWorst(
  partitions: readonly PartitionMetadata[],
  minInsyncReplicas: number | undefined,
  silent: ReadonlySet<number>
): WorstCounts {
  const worst = { offline: 0, under_min_isr: 0, under_replicated: 0, unconfirmed: 0 }
  for (const partition of partitions) {
    const trouble = worstTrouble(partition, minInsyncReplicas, silent)
    if (trouble) worst[trouble] += 1
  }
  return worst
}

type PartitionCode =
  | 'partitions_offline'
  | 'partitions_under_min_isr'
  | 'partitions_under_replicated'
  | 'partitions_unconfirmed'
  | 'leaders_not_preferred'

/**
 * Findings on the partitions of a cluster or topic: each message names the whole count, but its share covers only
 * partitions for which it is the worst trouble, so that no partition counts twice.
 */
export function partitionFindings(counts: PartitionCounts, worst: WorstCounts): Finding<PartitionCode>[] {
  const { total, offline, underMinIsr, underReplicated, unconfirmed, notPreferredLeader } = counts
  const of = (count: number) => `${count} of ${total} ${total === 1 ? 'partition' : 'partitions'}`
  const has = (count: number) => (count === 1 ? 'has' : 'have')
  // If min.insync.replicas is not known for all topics, there is no such finding.
  const refusing = underMinIsr === null ? 0 : worst.under_min_isr
  const thin = worst.under_replicated + worst.under_min_isr - refusing
  const findings: (Finding<PartitionCode> & { count: number })[] = [
    {
      code: 'partitions_offline',
      count: offline,
      share: worst.offline / total,
      message: `${of(offline)} ${has(offline)} no leader`
    },
    {
      code: 'partitions_under_min_isr',
      count: underMinIsr ?? 0,
      share: refusing / total,
      message: `${of(underMinIsr ?? 0)} ${has(underMinIsr ?? 0)} fewer in-sync replicas than min.insync.replicas: writes with acks=all are refused`,
      ...(underMinIsr === total ? { severity: 'down' as const } : {})
    },
    {
      code: 'partitions_under_replicated',
      count: underReplicated,
      share: thin / total,
      message: `${of(underReplicated)} ${has(underReplicated)} fewer in-sync replicas than replicas`
    },
    {
      code: 'partitions_unconfirmed',
      count: unconfirmed,
      share: worst.unconfirmed / total,
      message: `${of(unconfirmed)} ${has(unconfirmed)} a replica that is not confirmed in sync: its broker does not answer`
    },
    {
      code: 'leaders_not_preferred',
      count: notPreferredLeader,
      share: notPreferredLeader / total,
      message: `${of(notPreferredLeader)} ${notPreferredLeader === 1 ? 'is' : 'are'} not led by the preferred replica`
    }
  ]
  return findings.flatMap(({ count, ...finding }) => (count > 0 ? finding : []))
}

/** The cluster's counts of partitions by their worst trouble. */
export function sumWorst(affected: readonly { trouble: PartitionTrouble; count: number }[]): WorstCounts {
  const worst = { offline: 0, under_min_isr: 0, under_replicated: 0, unconfirmed: 0 }
  for (const { trouble, count } of affected) worst[trouble] += count
  return worst
}

/** The cluster's counts. `underMinIsr` and `atMinIsr` are null unless known for every topic. */
export function sumPartitions(topics: readonly TopicHealth[]): PartitionCounts {
  const counts: PartitionCounts = {
    total: 0,
    underReplicated: 0,
    underMinIsr: 0,
    offline: 0,
    unconfirmed: 0,
    atMinIsr: 0,
    notPreferredLeader: 0
  }
  for (const topic of topics) {
    counts.total += topic.partitions
    counts.underReplicated += topic.underReplicated
    counts.offline += topic.offline
    counts.unconfirmed += topic.unconfirmed
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
