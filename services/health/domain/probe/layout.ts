import type { Assignment } from '#shared/contracts/topic-specs.ts'
import type { PartitionMetadata, TopicMetadata } from '#shared/kafka/model.ts'
import type { ProbeView } from '#shared/kafka/probe/port.ts'

const replicasWanted = 3

/** The partition by which a broker is probed: the first whose preferred leader it is. */
export interface OwnPartition extends PartitionMetadata {
  broker: number
}

/** What the probe's topic lacks. */
export type Change =
  | { kind: 'create'; assignment: Assignment }
  | { kind: 'add'; total: number; assignment: Assignment }
  | { kind: 'elect'; partitions: number[] }

/** One partition for each broker that is the preferred leader of any, by broker id. */
export function ownPartitions(topic: TopicMetadata): OwnPartition[] {
  const own = new Map<number, OwnPartition>()
  for (const partition of topic.partitions.toSorted((a, b) => a.partition - b.partition)) {
    const [broker] = partition.replicas
    if (broker !== undefined && !own.has(broker)) own.set(broker, { ...partition, broker })
  }
  return Array.from(own.values()).sort((a, b) => a.broker - b.broker)
}

/**
 * The next change that gives each broker of the cluster the leadership of one partition; undefined when nothing is to do.
 * Leaders are elected only where the preferred one is in sync: another could not become it.
 * @param options.brokersExpected with fewer the topic is not made yet: its replication factor stays as it was made
 * @param options.moved brokers that had a partition which somebody has moved away, as one does before taking a broker out:
 *   they are given no other
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

/** The broker itself, then those after it in the ring, of racks that have no replica yet before the others. */
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
