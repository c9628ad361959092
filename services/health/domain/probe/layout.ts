import type { Assignment } from '#shared/contracts/topic-specs.ts'
import type { PartitionMetadata, TopicMetadata } from '#shared/kafka/model.ts'
import type { ProbeView } from '#shared/kafka/probe/port.ts'

const replicasWanted = 3

/** The partition that probes a broker: the first one with it as the preferred leader. */
export interface OwnPartition extends PartitionMetadata {
  broker: number
}

/** What is missing from the probe's topic. */
export type Change =
  | { kind: 'create'; assignment: Assignment }
  | { kind: 'add'; total: number; assignment: Assignment }
  | { kind: 'elect'; partitions: number[] }

/** One partition for each broker that is a preferred leader, by broker id. */
export function ownPartitions(topic: TopicMetadata): OwnPartition[] {
  const own = new Map<number, OwnPartition>()
  for (const partition of topic.partitions.toSorted((a, b) => a.partition - b.partition)) {
    const [broker] = partition.replicas
    if (broker !== undefined && !own.has(broker)) own.set(broker, { ...partition, broker })
  }
  return Array.from(own.values()).sort((a, b) => a.broker - b.broker)
}

/**
 * The next change that gives each broker the leadership of one partition; undefined if there is nothing to do. Elects
 * leaders only if the preferred one is in sync: an out-of-sync replica could not become leader.
 * @param options.brokersExpected with fewer brokers the topic is not created yet, because its replication factor does
 * not change later
 * @param options.moved brokers whose partition somebody has moved away, for example before decommissioning: they get no
 * new one
 */
export function planChange(
  { brokers, topic }: ProbeView,
  { brokersExpected, moved }: { brokersExpected: number; moved: ReadonlySet<number> }
): Change | undefined {
  if (brokers.length === 0) return undefined
  const ring = brokers.toSorted((a, b) => a.id - b.id)
  if (topic === null) {
    if (brokers.length < Math.min(replicasWanted, brokersExpected)) return undefined
    const factor = Math.min(replicasWanted, brokers.length)
    return { kind: 'create', assignment: ring.map((_, index) => chooseReplicas(ring, index, factor)) }
  }
  const own = ownPartitions(topic)
  const missing = ring.filter(({ id }) => !moved.has(id) && !own.some(({ broker }) => broker === id))
  // Kafka takes added partitions only with as many replicas as the others have.
  const factor = topic.partitions[0]?.replicas.length ?? 0
  if (missing.length > 0 && factor > 0 && factor <= ring.length) {
    return {
      kind: 'add',
      total: topic.partitions.length + missing.length,
      assignment: missing.map((broker) => chooseReplicas(ring, ring.indexOf(broker), factor))
    }
  }
  const alive = new Set(ring.map(({ id }) => id))
  const misled = own.filter(({ broker, leader, isr }) => leader !== broker && alive.has(broker) && isr.includes(broker))
  return misled.length === 0 ? undefined : { kind: 'elect', partitions: misled.map(({ partition }) => partition) }
}

/** The broker itself, then the following ones in the ring, preferring racks without a replica. */
function chooseReplicas(ring: ProbeView['brokers'], first: number, factor: number): number[] {
  const others = [...ring.slice(first + 1), ...ring.slice(0, first)]
  const chosen = ring.slice(first, first + 1)
  for (const broker of others) {
    const elsewhere = broker.rack === null || chosen.every(({ rack }) => rack !== broker.rack)
    if (chosen.length < factor && elsewhere) chosen.push(broker)
  }
  for (const broker of others) if (chosen.length < factor && !chosen.includes(broker)) chosen.push(broker)
  return chosen.map(({ id }) => id)
}
