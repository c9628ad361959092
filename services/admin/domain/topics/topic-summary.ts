import type { TopicSummary } from '#shared/contracts/topics.ts'
import type { TopicMetadata } from '#shared/kafka/model.ts'
import type { KnownSize } from './topic-sizes.ts'

/** A topic's entry in the list. */
export function summarize(topic: TopicMetadata, size: KnownSize): TopicSummary {
  return {
    name: topic.name,
    internal: topic.internal,
    partitions: topic.partitions.length,
    replicas: topic.partitions.reduce((sum, { replicas }) => sum + replicas.length, 0),
    replicationFactor: replicationFactorOf(topic),
    underReplicated: topic.partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
    offline: topic.partitions.filter(({ leader }) => leader === null).length,
    ...size
  }
}

/** The largest replica set of its partitions: they differ only while a reassignment is under way. */
export function replicationFactorOf(topic: TopicMetadata): number {
  return topic.partitions.reduce((most, { replicas }) => Math.max(most, replicas.length), 0)
}
