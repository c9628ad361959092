import type { UnknownReason } from '#shared/contracts/common.ts'
import type { ReplicaSize } from '#shared/kafka/brokers/port.ts'
import type { PartitionMetadata, Reading, TopicMetadata } from '#shared/kafka/model.ts'

/** Bytes on disk, or why they are unknown. */
export interface KnownSize {
  sizeBytes: number | null
  sizeReason?: UnknownReason
}

export interface TopicSizes {
  /** All replicas of all partitions. */
  ofTopic(topic: TopicMetadata): KnownSize
  /** All replicas of one partition. */
  ofPartition(topic: string, partition: PartitionMetadata): KnownSize
}

/**
 * Sums of the sizes that brokers report. A sum that misses a replica is not a size: while a broker with a replica of a
 * partition does not answer, the size of the partition and of its topic is null. Pure.
 */
export function topicSizes({ value, warnings }: Reading<readonly ReplicaSize[]>): TopicSizes {
  const onDisk = new Map<string, Map<number, Map<number, number>>>()
  for (const { topic, partition, broker, sizeBytes } of value) {
    const partitions = emplace(onDisk, topic)
    emplace(partitions, partition).set(broker, sizeBytes)
  }
  const silent = warnings.length > 0

  function ofPartition(topic: string, { partition, replicas, offlineReplicas }: PartitionMetadata): KnownSize {
    const byBroker = onDisk.get(topic)?.get(partition)
    let sizeBytes = 0
    for (const broker of replicas) {
      const size = byBroker?.get(broker)
      if (size === undefined) {
        // A broker that answers leaves out a replica that it is about to create.
        const unreachable = silent || offlineReplicas.includes(broker)
        return { sizeBytes: null, sizeReason: unreachable ? 'broker_unreachable' : 'not_measured' }
      }
      sizeBytes += size
    }
    return { sizeBytes }
  }

  return {
    ofPartition,
    ofTopic({ name, partitions }) {
      let total = 0
      for (const partition of partitions) {
        const size = ofPartition(name, partition)
        if (size.sizeBytes === null) return size
        total += size.sizeBytes
      }
      return { sizeBytes: total }
    }
  }
}

function emplace<K, L, V>(map: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const known = map.get(key)
  if (known) return known
  const made = new Map<L, V>()
  map.set(key, made)
  return made
}
