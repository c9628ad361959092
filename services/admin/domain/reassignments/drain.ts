import type { DrainRequest, RefillRequest } from '#shared/contracts/broker-drains.ts'
import type { Warning } from '#shared/contracts/common.ts'
import type { PartitionAssignment, ReassignmentResult } from '#shared/contracts/reassignments.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { PartitionPlace } from '#shared/kafka/model.ts'
import type { Elections } from '#shared/kafka/moves/port.ts'
import { unknownBroker } from '../brokers/list-brokers.ts'
import { assertReasoned } from '../topics/topic-usage.ts'
import { assertSpared, readDrainRisks } from './drain-risks.ts'
import { sameOrder } from './movement.ts'
import { place } from './place.ts'
import { changesOf, partitionsOf } from './plan.ts'
import { type PlacedPartition, partitionName, type Snapshot } from './snapshot.ts'
import { type ReassignmentPorts, readMovingSnapshot, type StartOptions, startReassignment } from './start.ts'

export interface DrainPorts extends ReassignmentPorts {
  reader: ReassignmentPorts['reader'] & Pick<ClusterReader, 'topicConfigs'>
  elections: Pick<Elections, 'electPreferred'>
}

export interface DrainPlan {
  partitions: PartitionAssignment[]
  /** Partitions that the broker leads although another replica is preferred, and that keep their replicas and order. */
  elections: PartitionPlace[]
  warnings: Warning[]
}

/**
 * Moves the replicas of a broker away, or only its leaderships: see DrainRequest. Elects leaders at once where only the
 * order changes. While other replicas are down or lagging, partitions that cannot spare the broker make it refuse.
 * @throws KopsError broker_not_found, topic_not_found, drain_impossible, drain_unsafe unless forced, and those of
 * startReassignment
 */
export async function drainBroker(
  ports: DrainPorts,
  { id, mode = 'replicas', topics, throttleBytesPerSec, force = false, reason }: DrainRequest & { id: number },
  options: StartOptions
): Promise<ReassignmentResult> {
  assertReasoned({ force, ...(reason === undefined ? {} : { reason }) })
  const snapshot = await readMovingSnapshot(ports, options)
  if (!snapshot.brokers.includes(id)) throw unknownBroker(id)
  // Replicas that cannot move stay on the broker, and go down with it.
  const { plan, stuck } = planDrain(snapshot, { id, mode, topics })
  const target = { id, partitions: partitionsOf(snapshot, topics), targets: plan.partitions }
  const risks = await readDrainRisks(ports.reader, snapshot, target, options)
  if (!force && (stuck || !options.dryRun)) assertSpared(snapshot, id, risks.leftShort)
  if (stuck) throw stuck
  const warnings = [...plan.warnings, ...risks.warnings]
  const wanted = { action: 'drain' as const, partitions: plan.partitions, throttleBytesPerSec, warnings }
  const result = await startReassignment(ports, wanted, options)
  return withLeaders(ports, { ...result, leftShort: risks.leftShort }, plan.elections, options)
}

/** Gives a broker back its share of replicas and leaderships; the other brokers exchange nothing among themselves. */
export async function refillBroker(
  ports: DrainPorts,
  { id, topics, throttleBytesPerSec }: RefillRequest & { id: number },
  options: StartOptions
): Promise<ReassignmentResult> {
  const snapshot = await readMovingSnapshot(ports, options)
  if (!snapshot.brokers.includes(id)) throw unknownBroker(id)
  if (!snapshot.seats.some((seat) => seat.id === id)) {
    throw fieldError('reassignment_invalid', 'brokerId', `Broker ${id} does not answer, so it cannot take replicas now`)
  }
  const chosen = partitionsOf(snapshot, topics)
  const { placements } = place(chosen, snapshot.seats, { goal: { fill: id } })
  const partitions = changesOf(chosen, placements)
  const result = await startReassignment(ports, { action: 'refill', partitions, throttleBytesPerSec }, options)
  return withLeaders(ports, result, [], options)
}

/**
 * The effect of draining. Pure.
 * @returns the plan, and why it is impossible: in mode replicas, if some of them cannot move
 */
export function planDrain(
  snapshot: Snapshot,
  { id, mode, topics }: { id: number; mode: NonNullable<DrainRequest['mode']>; topics: readonly string[] | undefined }
): { plan: DrainPlan; stuck?: KopsError } {
  const held = partitionsOf(snapshot, topics).filter(({ replicas }) => replicas.includes(id))
  if (mode === 'leaderships') return { plan: yieldLeaderships(snapshot, held, id) }
  const others = snapshot.seats.filter((seat) => seat.id !== id)
  const silent = snapshot.brokers.filter((broker) => broker !== id && !others.some((seat) => seat.id === broker))
  const stuck = held.filter(({ replicas }) => others.every((seat) => replicas.includes(seat.id)))
  const stuckNames = new Set(stuck.map(partitionName))
  // Includes partitions without a replica there: the load of the other brokers counts, so that they stay balanced.
  const movable = partitionsOf(snapshot, topics).filter((partition) => !stuckNames.has(partitionName(partition)))
  const moved = evacuate(movable, { id, others, silent })
  const rest = yieldLeaderships(snapshot, stuck, id)
  const plan = { ...rest, partitions: [...moved, ...rest.partitions] }
  return stuck.length > 0 && mode === 'replicas'
    ? { plan, stuck: impossible(id, held, stuck, others.length) }
    : { plan }
}

/** Moves the replicas of one broker to other live ones; replicas on silent brokers stay and count. */
function evacuate(
  partitions: readonly PlacedPartition[],
  { id, others, silent }: { id: number; others: readonly Snapshot['seats'][number][]; silent: readonly number[] }
): PartitionAssignment[] {
  const onSilent = (replicas: readonly number[]) => replicas.filter((broker) => silent.includes(broker))
  const visible = partitions.map((partition) => ({
    ...partition,
    replicas: partition.replicas.filter((broker) => !silent.includes(broker))
  }))
  const { placements } = place(visible, others, { goal: 'evacuate' })
  return placements.flatMap((placement, index): PartitionAssignment[] => {
    const before = partitions[index]?.replicas ?? []
    if (!before.includes(id)) return []
    const { topic, partition, replicas } = placement
    return [{ topic, partition, replicas: [...replicas, ...onSilent(before)] }]
  })
}

/**
 * Puts the broker last among the replicas of partitions that it leads or would lead; the in-sync broker with the fewest
 * leaderships comes first.
 */
function yieldLeaderships({ seats, partitions }: Snapshot, held: readonly PlacedPartition[], id: number): DrainPlan {
  const led = new Map<number, number>()
  for (const { replicas } of partitions) {
    const [first] = replicas
    if (first !== undefined) led.set(first, (led.get(first) ?? 0) + 1)
  }
  const plan: DrainPlan = { partitions: [], elections: [], warnings: [] }
  for (const { topic, partition, replicas, leader, isr } of held) {
    if (replicas[0] !== id && leader !== id) continue
    const heirs = replicas.filter(
      (broker) => broker !== id && isr.includes(broker) && seats.some((seat) => seat.id === broker)
    )
    const [heir] = heirs.toSorted((a, b) => (led.get(a) ?? 0) - (led.get(b) ?? 0) || a - b)
    if (heir === undefined) {
      const message = `No other replica is in sync, so broker ${id} stays the leader`
      plan.warnings.push({ code: 'drain_impossible', message, target: `${topic}-${partition}` })
      continue
    }
    led.set(heir, (led.get(heir) ?? 0) + 1)
    led.set(id, (led.get(id) ?? 0) - 1)
    const between = replicas.filter((broker) => broker !== heir && broker !== id)
    const target = [heir, ...between, id]
    if (sameOrder(target, replicas)) plan.elections.push({ topic, partition })
    else plan.partitions.push({ topic, partition, replicas: target })
  }
  return plan
}

function impossible(
  id: number,
  held: readonly PlacedPartition[],
  stuck: readonly PlacedPartition[],
  others: number
): KopsError {
  const topics = [...new Set(stuck.map(({ topic }) => topic))]
  const named = topics.slice(0, 5).join(', ')
  const more = topics.length > 5 ? ` and ${topics.length - 5} more` : ''
  return new KopsError(
    'drain_impossible',
    `${stuck.length} of the ${held.length} replicas on broker ${id} cannot move: ${others} other ` +
      `${others === 1 ? 'broker answers' : 'brokers answer'}, and each already has a replica of them (${named}${more}). ` +
      'Use mode "leaderships" to move only leadership, mode "possible" to move whatever can move, select topics, or add a broker'
  )
}

/** Elects the leaders of partitions whose order changed at most: possible as soon as Kafka has accepted the change. */
async function withLeaders(
  { elections }: DrainPorts,
  result: ReassignmentResult,
  others: readonly PartitionPlace[],
  { dryRun, changeTimeoutMs }: StartOptions
): Promise<ReassignmentResult> {
  const reordered = result.movement.moves
    .filter(({ adding, removing }) => adding.length + removing.length === 0)
    .map(({ topic, partition }) => ({ topic, partition }))
  const planned = { ...result, elections: [...reordered, ...others] }
  if (dryRun || planned.elections.length === 0) return planned
  const outcomes = await elections
    .electPreferred(planned.elections, { timeoutMs: changeTimeoutMs })
    .catch((error: unknown) => planned.elections.map((place) => ({ ...place, error })))
  const failed = outcomes.flatMap(({ topic, partition, error }): Warning[] => {
    if (!(error instanceof KopsError) || error.kafkaError === 'ELECTION_NOT_NEEDED') return []
    const message = `Its leader has not changed yet: ${error.message}`
    return [{ code: error.code, message, target: `${topic}-${partition}` }]
  })
  return { ...planned, warnings: [...result.warnings, ...failed] }
}
