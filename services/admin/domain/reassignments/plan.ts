import type { Warning } from '#shared/contracts/common.ts'
import type { PartitionAssignment, PlanRequest, ReassignmentPlan } from '#shared/contracts/reassignments.ts'
import { fieldError, type KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { brokerName } from '#shared/kafka/model.ts'
import type { ReadTiming } from '../timing.ts'
import { distinctWarnings } from '../warnings.ts'
import type { Placement, Seat } from './layout.ts'
import { movementOf, sameOrder } from './movement.ts'
import { place } from './place.ts'
import { readSnapshot, type Snapshot } from './snapshot.ts'

/**
 * Plans a balanced placement: see place(). Changes nothing. While a broker does not answer, the request must name the
 * brokers to plan for: a plan without that broker moves its replicas away for good. For a broker that joins, the plan is that
 * of its refill: only it receives.
 * @throws KopsError topic_not_found, broker_not_found, broker_unreachable, reassignment_invalid, cluster_unreachable
 */
export async function planBalance(
  reader: Pick<ClusterReader, 'metadata' | 'views' | 'replicaSizes'>,
  { topics, brokers, joining }: PlanRequest,
  { now, deadlineMs }: ReadTiming
): Promise<ReassignmentPlan> {
  const known = await readSnapshot(reader, { deadlineMs })
  const snapshot = joining === undefined ? known : withJoining(known, joining)
  const silent = snapshot.brokers.filter((id) => !snapshot.seats.some((seat) => seat.id === id))
  if (brokers === undefined && silent.length > 0) throw unanswered(snapshot, silent)
  const seats = seatsOf(snapshot, brokers && joining ? [...brokers, joining.id] : brokers)
  const chosen = partitionsOf(snapshot, topics)
  const { placements, impossible, rackAware } = place(chosen, seats, {
    goal: joining === undefined ? 'spread' : { fill: joining.id }
  })
  const partitions = changesOf(chosen, placements)
  const staying = [...Map.groupBy(impossible, ({ topic, replicas }) => `${topic} ${replicas.length}`).values()].flatMap(
    ([first, ...more]) =>
      first === undefined ? [] : [{ topic: first.topic, partitions: 1 + more.length, replicas: first.replicas.length }]
  )
  return {
    partitions,
    rackAware,
    movement: movementOf(snapshot, partitions, undefined),
    staying,
    asOf: now().toISOString(),
    warnings: distinctWarnings([
      ...snapshot.warnings,
      ...silent.map(leftOut),
      ...staying.map(({ topic, partitions, replicas }) => ({
        code: 'reassignment_invalid',
        message: `${partitions} of its partitions have ${replicas} replicas, but the plan has only ${seats.length} brokers: they do not move`,
        target: topic
      })),
      ...(rackAware ? [] : [noRacks(seats)])
    ])
  }
}

/** @throws KopsError reassignment_invalid if the cluster has the broker */
function withJoining(snapshot: Snapshot, seat: Seat): Snapshot {
  if (snapshot.brokers.includes(seat.id)) {
    throw fieldError('reassignment_invalid', 'joining.id', `The cluster has a broker ${seat.id} already: refill it`)
  }
  const byId = (a: Seat, b: Seat) => a.id - b.id
  return {
    ...snapshot,
    seats: [...snapshot.seats, seat].sort(byId),
    brokers: [...snapshot.brokers, seat.id].sort((a, b) => a - b)
  }
}

/** The partitions whose replicas, or their order, change. */
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
  if (missing >= 0) throw fieldError('topic_not_found', `topics.${missing}`, `Topic ${topics[missing]} does not exist`)
  return chosen
}

function seatsOf({ seats, brokers: known }: Snapshot, wanted: readonly number[] | undefined): Seat[] {
  if (wanted === undefined) return seats
  return wanted
    .map((id, index) => {
      const seat = seats.find((candidate) => candidate.id === id)
      if (seat) return seat
      const field = `brokers.${index}`
      if (!known.includes(id)) throw fieldError('broker_not_found', field, `The cluster has no broker ${id}`)
      throw fieldError('reassignment_invalid', field, `Broker ${id} does not answer, so it cannot take replicas now`)
    })
    .sort((a, b) => a.id - b.id)
}

function unanswered({ partitions, seats }: Snapshot, silent: readonly number[]): KopsError {
  const held = partitions.filter(({ replicas }) => replicas.some((id) => silent.includes(id))).length
  const others = seats.map(({ id }) => id).join(', ')
  const message = `broker ${silent.join(', ')} does not answer, and ${held} partitions have a replica there. Wait until it is back, or, if it is gone for good, name the brokers to plan for (${others})`
  return fieldError('broker_unreachable', 'brokers', message)
}

function leftOut(id: number): Warning {
  return {
    code: 'broker_unreachable',
    message: 'does not answer and is not in this plan: its replicas move to other brokers where possible',
    target: brokerName(id)
  }
}

function noRacks(seats: readonly Seat[]): Warning {
  const without = seats.filter(({ rack }) => rack === null).map(({ id }) => id)
  return {
    code: 'reassignment_invalid',
    message: `Brokers ${without.join(', ')} have no rack, so the plan ignores racks`
  }
}
