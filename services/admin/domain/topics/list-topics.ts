import type { Warning } from '../../../../shared/contracts/common.ts'
import type { TopicSummary } from '../../../../shared/contracts/topics.ts'
import type { ReplicaSize, TopicMetadata } from '../../../../shared/kafka/ports.ts'

export interface ReadOptions {
  now: () => Date
  /** How long each reading may take; what has not answered by then is left out. */
  deadlineMs: number
}

/** What the list says of one topic. @param sizeBytes null when no broker could tell */
export function summarize(topic: TopicMetadata, sizeBytes: number | null): TopicSummary {
  return {
    name: topic.name,
    internal: topic.internal,
    partitions: topic.partitions.length,
    replicas: topic.partitions.reduce((sum, { replicas }) => sum + replicas.length, 0),
    replicationFactor: replicationFactorOf(topic),
    underReplicated: topic.partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
    sizeBytes
  }
}

/** The largest replica set of its partitions: they differ only while a reassignment is under way. */
export function replicationFactorOf(topic: TopicMetadata): number {
  return topic.partitions.reduce((most, { replicas }) => Math.max(most, replicas.length), 0)
}

/** Bytes on the disks of all replicas that were read; a topic of which none was read is absent. */
export function sizesByTopic(sizes: ReplicaSize[]): Map<string, number> {
  const totals = new Map<string, number>()
  for (const { topic, sizeBytes } of sizes) totals.set(topic, (totals.get(topic) ?? 0) + sizeBytes)
  return totals
}

/** Several readings miss the same broker: it is named once. */
export function distinctWarnings(warnings: Warning[]): Warning[] {
  const distinct = new Map(warnings.map((warning) => [`${warning.code} ${warning.target ?? warning.message}`, warning]))
  return [...distinct.values()]
}
