import { type BrokerMetadata, type BrokerView, endpointKey, type PartitionMetadata } from '#shared/kafka/model.ts'

/** The drill's topic at one moment, according to all brokers that answered. */
export interface Observation {
  /** When the request was sent, in monotonic milliseconds. */
  atMs: number
  /** Whether the node of the drill answered. */
  nodeReachable: boolean
  brokersReachable: number
  /** Partitions that any broker reported. */
  partitions: number
  leadersOnNode: number
  leaderless: number
  /** Whether every broker that answered lists every replica as in sync. */
  isrWhole: boolean
}

/**
 * Merges the views of several brokers. For each partition the claim with the highest leader epoch counts, because an
 * isolated broker keeps claiming its leaderships.
 */
export function observe(
  views: readonly BrokerView[],
  { topic, node, atMs }: { topic: string; node: Pick<BrokerMetadata, 'id' | 'host' | 'port'>; atMs: number }
): Observation {
  const reachable = views.filter((view) => view.reachable)
  const newest = new Map<number, PartitionMetadata>()
  let isrWhole = reachable.length > 0
  for (const { metadata } of reachable) {
    const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions ?? []
    if (partitions.length === 0) isrWhole = false
    for (const claim of partitions) {
      if (claim.isr.length < claim.replicas.length) isrWhole = false
      const known = newest.get(claim.partition)
      if (!known || (claim.leaderEpoch ?? -1) > (known.leaderEpoch ?? -1)) newest.set(claim.partition, claim)
    }
  }
  const claims = Array.from(newest.values())
  return {
    atMs,
    nodeReachable: reachable.some(({ endpoint }) => endpointKey(endpoint) === endpointKey(node)),
    brokersReachable: reachable.length,
    partitions: claims.length,
    leadersOnNode: claims.filter(({ leader }) => leader === node.id).length,
    leaderless: claims.filter(({ leader }) => leader === null).length,
    isrWhole
  }
}

/** Whether other brokers lead every partition. */
export function leadersMoved({ partitions, leadersOnNode, leaderless }: Observation): boolean {
  return partitions > 0 && leadersOnNode === 0 && leaderless === 0
}
