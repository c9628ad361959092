import type { Warning } from '#shared/contracts/common.ts'
import type { Move, PartitionAssignment, ReassignmentResult } from '#shared/contracts/reassignments.ts'
import { type FieldError, KopsError } from '#shared/errors/catalog.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { OngoingReassignment, ReassignmentOutcome, Reassignments } from '#shared/kafka/moves/port.ts'
import type { ReadTiming } from '../timing.ts'
import type { MoveThrottle } from './move-throttle.ts'
import { movementOf, sameOrder } from './movement.ts'
import { partitionName, readSnapshot, type Snapshot } from './snapshot.ts'

export interface ReassignmentPorts {
  reader: Pick<ClusterReader, 'metadata' | 'views' | 'replicaSizes'>
  reassignments: Pick<Reassignments, 'alter' | 'list'>
  throttle: MoveThrottle
}

export type ThrottlePlacing = Pick<MoveThrottle, 'during' | 'place'>

export interface StartOptions extends ReadTiming {
  changeTimeoutMs: number
  dryRun: boolean
}

/** A snapshot in which partitions being moved have their original replicas. */
export interface MovingSnapshot extends Snapshot {
  ongoing: OngoingReassignment[]
}

export interface Wanted {
  action: ReassignmentResult['action']
  partitions: readonly PartitionAssignment[]
  throttleBytesPerSec: number | undefined
  warnings?: Warning[]
}

/** @throws KopsError cluster_unreachable, controller_unavailable, kafka_timeout */
export async function readMovingSnapshot(
  { reader, reassignments }: Pick<ReassignmentPorts, 'reader' | 'reassignments'>,
  { deadlineMs, changeTimeoutMs }: Pick<StartOptions, 'deadlineMs' | 'changeTimeoutMs'>
): Promise<MovingSnapshot> {
  const [snapshot, ongoing] = await Promise.all([
    readSnapshot(reader, { deadlineMs }),
    reassignments.list(undefined, { timeoutMs: changeTimeoutMs })
  ])
  const adding = new Map(ongoing.map((each) => [partitionName(each), each.addingReplicas]))
  const partitions = snapshot.partitions.map((partition) => {
    const coming = adding.get(partitionName(partition)) ?? []
    return { ...partition, replicas: partition.replicas.filter((broker) => !coming.includes(broker)) }
  })
  return { ...snapshot, partitions, ongoing }
}

/**
 * Starts a reassignment and resolves once Kafka has accepted it. The throttle is set before the first byte moves, and
 * removed after the last partition. Leaves out partitions that are already in place.
 * @throws KopsError reassignment_invalid with the fields, reassignment_conflict, controller_unavailable, kafka_timeout
 * (perhaps started), cluster_unreachable
 */
export async function startReassignment(
  ports: ReassignmentPorts,
  { action, partitions, throttleBytesPerSec, warnings = [] }: Wanted,
  { dryRun, now, ...timing }: StartOptions
): Promise<ReassignmentResult> {
  const snapshot = await readMovingSnapshot(ports, timing)
  assertPossible(snapshot, partitions)
  const movement = movementOf(snapshot, partitions, throttleBytesPerSec)
  const { moves } = movement
  const result: ReassignmentResult = {
    action,
    dryRun,
    applied: !dryRun,
    partitions: moves.map(({ topic, partition, to }) => ({ topic, partition, replicas: to })),
    throttleBytesPerSec: throttleBytesPerSec ?? null,
    movement,
    elections: [],
    refused: [],
    leftShort: [],
    asOf: now().toISOString(),
    warnings: [...snapshot.warnings, ...warnings, ...replicationChanges(moves)]
  }
  if (dryRun || moves.length === 0) return result
  const answering = snapshot.seats.map(({ id }) => id)
  const outcomes = await alterThrottled(ports, moves, { throttleBytesPerSec, answering, ...timing })
  const errors = outcomes.flatMap(({ error }) => error ?? [])
  if (errors.length === outcomes.length && errors[0]) throw errors[0]
  const refused = outcomes.flatMap(({ topic, partition, error }) =>
    error === null ? [] : [{ topic, partition, code: error.code, detail: error.message }]
  )
  return { ...result, refused }
}

/**
 * Sets the throttle, if any, and has Kafka start the moves; nothing is removed in between.
 * @param moves each with its target replicas
 * @param options.answering brokers that can be configured
 * @returns the controller's answer for each
 */
export function alterThrottled(
  { reassignments, throttle }: { reassignments: Pick<Reassignments, 'alter'>; throttle: ThrottlePlacing },
  moves: readonly Move[],
  options: { throttleBytesPerSec: number | undefined; answering: readonly number[]; changeTimeoutMs: number }
): Promise<ReassignmentOutcome[]> {
  const { throttleBytesPerSec, answering, changeTimeoutMs } = options
  const targets = moves.map(({ topic, partition, to }) => ({ topic, partition, replicas: to }))
  return throttle.during(async () => {
    if (throttleBytesPerSec !== undefined) await throttle.place(moves, throttleBytesPerSec, answering)
    return reassignments.alter(targets, { timeoutMs: changeTimeoutMs })
  })
}

/** @throws KopsError reassignment_invalid or reassignment_conflict, with a field error for each impossible partition */
export function assertPossible(
  { partitions, seats, brokers, ongoing }: Pick<MovingSnapshot, 'partitions' | 'seats' | 'brokers' | 'ongoing'>,
  wanted: readonly PartitionAssignment[]
): void {
  const known = new Map(partitions.map((partition) => [partitionName(partition), partition]))
  const targets = new Map(
    ongoing.map((each) => [
      partitionName(each),
      each.replicas.filter((broker) => !each.removingReplicas.includes(broker))
    ])
  )
  const answering = new Set(seats.map(({ id }) => id))
  const seen = new Set<string>()
  const invalid: FieldError[] = []
  const conflicts: FieldError[] = []
  for (const [index, { topic, partition, replicas }] of wanted.entries()) {
    const name = `${topic}-${partition}`
    const field = `partitions.${index}`
    const refuse = (message: string) => invalid.push({ field, message: `${name}: ${message}` })
    const current = known.get(name)
    if (seen.has(name)) refuse('is named twice')
    seen.add(name)
    if (current === undefined) {
      refuse('the partition does not exist')
      continue
    }
    if (new Set(replicas).size < replicas.length) refuse('its replicas name a broker twice')
    const strangers = replicas.filter((broker) => !brokers.includes(broker))
    const silent = replicas.filter(
      (broker) => brokers.includes(broker) && !answering.has(broker) && !current.replicas.includes(broker)
    )
    if (strangers.length > 0) refuse(`the cluster has no broker ${strangers.join(', ')}`)
    if (silent.length > 0) refuse(`broker ${silent.join(', ')} does not answer, so it cannot take a replica now`)
    const target = targets.get(name)
    if (target && !sameOrder(target, replicas)) {
      conflicts.push({ field, message: `${name} is moving to ${target.join(', ')}: wait for it or cancel it` })
    }
  }
  const [code, errors] =
    invalid.length > 0 ? (['reassignment_invalid', invalid] as const) : (['reassignment_conflict', conflicts] as const)
  if (errors.length === 0) return
  const detail = errors
    .slice(0, 10)
    .map(({ message }) => message)
    .join('; ')
  throw new KopsError(code, errors.length > 10 ? `${detail}; and ${errors.length - 10} more` : detail, { errors })
}

function replicationChanges(moves: ReassignmentResult['movement']['moves']): Warning[] {
  return moves
    .filter(({ from, to }) => from.length !== to.length)
    .map(({ topic, partition, from, to }) => ({
      code: 'replication_factor_invalid',
      message: `Its replication factor changes from ${from.length} to ${to.length}`,
      target: `${topic}-${partition}`
    }))
}
