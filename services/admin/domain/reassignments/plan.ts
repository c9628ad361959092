import type { Warning } from '../../../../shared/contracts/common.ts'
import type { PartitionAssignment, PlanRequest, ReassignmentPlan } from '../../../../shared/contracts/reassignments.ts'
import { fieldError } from '../../../../shared/errors/catalog.ts'
import type { ClusterReader } from '../../../../shared/kafka/ports.ts'
import type { ReadOptions } from '../topics/list-topics.ts'
import type { Placement, Seat } from './layout.ts'
import { movementOf, sameOrder } from './movement.ts'
import { place } from './place.ts'
import { readSnapshot, type Snapshot } from './snapshot.ts'

/**
 * Plans a balanced placement: see place(). Nothing is changed.
 * @throws KopsError topic_not_found, broker_not_found, reassignment_invalid, cluster_unreachable
 */
export async function planBalance(
  reader: Pick<ClusterReader, 'metadata' | 'views' | 'replicaSizes'>,
  { topics, brokers }: PlanRequest,
  { now, deadlineMs }: ReadOptions
): Promise<ReassignmentPlan> {
  const snapshot = await readSnapshot(reader, { deadlineMs })
  const seats = seatsOf(snapshot, brokers)
  const chosen = partitionsOf(snapshot, topics)
  const { placements, impossible, rackAware } = place(chosen, seats, { goal: 'spread' })
  const partitions = changesOf(chosen, placements)
  return {
    partitions,
    rackAware,
    movement: movementOf(snapshot, partitions, undefined),
    asOf: now().toISOString(),
    warnings: [
      ...snapshot.warnings,
      ...silentBrokers(snapshot),
      ...impossible.map(({ topic, partition, replicas }) => ({
        code: 'reassignment_invalid',
        message: `It has ${replicas.length} replicas, and there are ${seats.length} brokers for them: it stays`,
        target: `${topic}-${partition}`
      })),
      ...(rackAware ? [] : [noRacks(seats)])
    ]
  }
}

/** The partitions whose replicas, or their order, become others. */
export function changesOf(before: readonly Placement[], after: readonly Placement[]): PartitionAssignment[] {
  return after.flatMap(({ topic, partition, replicas }, index) =>
    sameOrder(replicas, before[index]?.replicas ?? []) ? [] : [{ topic, partition, replicas }]
  )
}

/** @throws KopsError topic_not_found for a topic that does not exist */
export function partitionsOf(snapshot: Snapshot, topics: readonly string[] | undefined): Snapshot['partitions'] {
  if (topics === undefined) return snapshot.partitions
  const wanted = new Set(topics)
  const chosen = snapshot.partitions.filter(({ topic }) => wanted.has(topic))
  const known = new Set(chosen.map(({ topic }) => topic))
  const missing = topics.findIndex((topic) => !known.has(topic))
  if (missing >= 0) throw fieldError('topic_not_found', `topics.${missing}`, `There is no topic ${topics[missing]}`)
  return chosen
}

function seatsOf({ seats, brokers: known }: Snapshot, wanted: readonly number[] | undefined): Seat[] {
  if (wanted === undefined) return seats
  return wanted
    .map((id, index) => {
      const seat = seats.find((candidate) => candidate.id === id)
      if (seat) return seat
      const field = `brokers.${index}`
      if (!known.includes(id)) throw fieldError('broker_not_found', field, `The cluster knows no broker ${id}`)
      throw fieldError('reassignment_invalid', field, `Broker ${id} does not answer: it cannot take replicas now`)
    })
    .sort((a, b) => a.id - b.id)
}

/** Replicas of brokers that do not answer are planned away: a cluster that one is only away from for a moment need not move. */
function silentBrokers({ brokers, seats }: Snapshot): Warning[] {
  return brokers
    .filter((id) => !seats.some((seat) => seat.id === id))
    .map((id) => ({
      code: 'broker_unreachable',
      message: 'does not answer: the plan moves its replicas to the others. If it comes back soon, do not carry it out',
      target: `kafka-${id}`
    }))
}

function noRacks(seats: readonly Seat[]): Warning {
  const without = seats.filter(({ rack }) => rack === null).map(({ id }) => id)
  return {
    code: 'reassignment_invalid',
    message: `Brokers ${without.join(', ')} have no rack: racks are not taken into account`
  }
}
