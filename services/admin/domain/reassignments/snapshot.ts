import type { Warning } from '#shared/contracts/common.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import type { ReplicaSize } from '#shared/kafka/brokers/port.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { type BrokerMetadata, type BrokerView, endpointKey, type PartitionMetadata } from '#shared/kafka/model.ts'
import { distinctWarnings } from '../warnings.ts'
import type { Placement, Seat } from './layout.ts'

/** A partition's current state. */
export interface PlacedPartition extends Placement {
  leader: number | null
  isr: number[]
}

/** The input of a plan. */
export interface Snapshot {
  /** Live brokers. */
  seats: Seat[]
  /** Ids of all brokers, including those that do not answer, or that only replica lists name. */
  brokers: number[]
  partitions: PlacedPartition[]
  /** Bytes of each readable replica, by broker and partition: see sizeKey. */
  sizes: Map<string, number>
  warnings: Warning[]
}

/** @throws KopsError cluster_unreachable */
export async function readSnapshot(
  reader: Pick<ClusterReader, 'metadata' | 'views' | 'replicaSizes'>,
  { deadlineMs }: { deadlineMs: number }
): Promise<Snapshot> {
  const [metadata, views, sizes] = await Promise.all([
    reader.metadata({ deadlineMs }),
    reader.views({ topics: [], deadlineMs }),
    reader.replicaSizes(undefined, { deadlineMs })
  ])
  const answering = new Set(answeringIds(metadata.value.brokers, views))
  const { brokers, topics } = metadata.value
  const onDisk = sizesByReplica(sizes.value)
  const partitions = topics
    .flatMap(({ name, partitions }) => partitions.map((partition) => placed(name, partition, onDisk)))
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
  const seats = brokers.filter(({ id }) => answering.has(id)).map(({ id, rack }) => ({ id, rack }))
  if (seats.length === 0) throw new KopsError('cluster_unreachable', 'No broker answers')
  return {
    seats: seats.sort((a, b) => a.id - b.id),
    brokers: [...new Set([...brokers.map(({ id }) => id), ...partitions.flatMap(({ replicas }) => replicas)])].sort(
      (a, b) => a - b
    ),
    partitions,
    sizes: onDisk,
    warnings: distinctWarnings([...metadata.warnings, ...sizes.warnings])
  }
}

/** Ids of the brokers that have answered. */
export function answeringIds(brokers: readonly BrokerMetadata[], views: readonly BrokerView[]): number[] {
  const answering = new Set(views.flatMap((view) => (view.reachable ? [endpointKey(view.endpoint)] : [])))
  return brokers.filter((broker) => answering.has(endpointKey(broker))).map(({ id }) => id)
}

export function sizeKey(broker: number, topic: string, partition: number): string {
  return `${broker} ${topic} ${partition}`
}

export function partitionName({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}-${partition}`
}

function sizesByReplica(sizes: readonly ReplicaSize[]): Map<string, number> {
  return new Map(sizes.map(({ broker, topic, partition, sizeBytes }) => [sizeKey(broker, topic, partition), sizeBytes]))
}

function placed(topic: string, metadata: PartitionMetadata, onDisk: ReadonlyMap<string, number>): PlacedPartition {
  const { partition, leader, replicas, isr } = metadata
  // The leader has everything that a copy will have; the largest in-sync replica stands in for a leader that does not
  // report. An out-of-sync replica may be a copy that has only started.
  const led = leader === null ? undefined : onDisk.get(sizeKey(leader, topic, partition))
  const others = isr.flatMap((broker) => onDisk.get(sizeKey(broker, topic, partition)) ?? [])
  const sizeBytes = led ?? (others.length > 0 ? Math.max(...others) : null)
  return { topic, partition, replicas, leader, isr, sizeBytes }
}
