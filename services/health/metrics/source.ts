import type { GroupPartitionHealth } from '#shared/contracts/group-health.ts'
import type { PartitionMetadata, PartitionOffsets } from '#shared/kafka/model.ts'
import type { JudgedGroup } from '../domain/groups/index.ts'
import type { Snapshot } from '../domain/snapshot.ts'

/** The source of metrics: a snapshot, ordered by name. */
export interface MetricSource extends Pick<Snapshot, 'health' | 'readings'> {
  readonly groups: readonly GroupOfTopics[]
  /** Empty while the brokers report no topics. */
  readonly topics: readonly TopicOfPartitions[]
}

/** A group, and its figures for each topic. */
export interface GroupOfTopics extends Omit<JudgedGroup, 'partitions'> {
  topics: GroupTopic[]
}

export interface GroupTopic {
  topic: string
  /** By number. */
  partitions: GroupPartitionHealth[]
}

export interface TopicOfPartitions {
  topic: string
  /** By number. */
  partitions: TopicPartition[]
}

export interface TopicPartition {
  metadata: PartitionMetadata
  offsets: PartitionOffsets | undefined
}

/**
 * Data of groups and offsets for topics that no longer exist is dropped, because it may have been read before the
 * metadata.
 */
export function sourceOf({ health, readings, groups }: Pick<Snapshot, 'health' | 'readings' | 'groups'>): MetricSource {
  const { metadata } = readings
  const known = metadata && new Set(metadata.topics.map(({ name }) => name))
  const offsets = Map.groupBy(readings.offsets, ({ topic }) => topic)
  const topics = (metadata?.topics ?? []).map(({ name, partitions }) => {
    const ofTopic = new Map(offsets.get(name)?.map((item) => [item.partition, item]))
    return {
      topic: name,
      partitions: partitions
        .map((metadata) => ({ metadata, offsets: ofTopic.get(metadata.partition) }))
        .sort((a, b) => a.metadata.partition - b.metadata.partition)
    }
  })
  return {
    health,
    readings,
    topics: topics.sort((a, b) => inOrder(a.topic, b.topic)),
    groups: groups.map((group) => toTopics(group, known)).sort((a, b) => inOrder(a.group, b.group))
  }
}

function toTopics({ partitions, ...group }: JudgedGroup, known: ReadonlySet<string> | null): GroupOfTopics {
  const topics = Array.from(
    Map.groupBy(partitions, ({ topic }) => topic),
    ([topic, list]) => ({ topic, partitions: list.sort((a, b) => a.partition - b.partition) })
  )
  return {
    ...group,
    topics: topics.filter(({ topic }) => known === null || known.has(topic)).sort((a, b) => inOrder(a.topic, b.topic))
  }
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
