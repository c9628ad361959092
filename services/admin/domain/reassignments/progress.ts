import type { Warning } from '../../../../shared/contracts/common.ts'
import type { CancelQuery, CancelResult, ReassignmentList } from '../../../../shared/contracts/reassignments.ts'
import { fieldError } from '../../../../shared/errors/catalog.ts'
import type { OngoingReassignment } from '../../../../shared/kafka/reassignments-port.ts'
import type { ReadOptions } from '../topics/list-topics.ts'
import { sum } from './movement.ts'
import { partitionName, readSnapshot, type Snapshot, sizeKey } from './snapshot.ts'
import type { ReassignmentPorts, StartOptions } from './start.ts'

type Progress = ReassignmentList['reassignments'][number]

/**
 * What is under way and how far it is.
 * @throws KopsError controller_unavailable, cluster_unreachable, kafka_timeout
 */
export async function listReassignments(
  { reader, reassignments, throttle }: ReassignmentPorts,
  { now, deadlineMs, changeTimeoutMs }: ReadOptions & { changeTimeoutMs: number }
): Promise<ReassignmentList> {
  const ongoing = await reassignments.list(undefined, { timeoutMs: changeTimeoutMs })
  const base = { throttle: throttle.active(), asOf: now().toISOString() }
  if (ongoing.length === 0) return { reassignments: [], copiedBytes: 0, totalBytes: 0, ...base, warnings: [] }
  const snapshot = await readSnapshot(reader, { deadlineMs })
  const all = ongoing.map((each) => progressOf(each, snapshot))
  return {
    reassignments: all,
    copiedBytes: sum(all.map(({ copiedBytes }) => copiedBytes)),
    totalBytes: sum(all.map(({ totalBytes }) => totalBytes)),
    ...base,
    warnings: [...snapshot.warnings, ...stalls(all)]
  }
}

/** How far one partition is, as the sizes of its replicas tell. Pure. */
export function progressOf(
  { topic, partition, replicas, addingReplicas, removingReplicas }: OngoingReassignment,
  { partitions, seats, sizes }: Pick<Snapshot, 'partitions' | 'seats' | 'sizes'>
): Progress {
  const current = partitions.find((candidate) => candidate.topic === topic && candidate.partition === partition)
  const full = current?.sizeBytes ?? null
  const answering = new Set(seats.map(({ id }) => id))
  const inSync = addingReplicas.filter((broker) => current?.isr.includes(broker) ?? false)
  const copied = addingReplicas.map((broker) => {
    // A copy that has not begun is not on the disk yet; of a broker that does not answer nothing is known.
    const size = sizes.get(sizeKey(broker, topic, partition)) ?? (answering.has(broker) ? 0 : null)
    return size === null || full === null ? null : Math.min(size, full)
  })
  const sources = replicas.filter((broker) => !addingReplicas.includes(broker))
  const waitsFor = [
    ...addingReplicas.filter((broker) => !answering.has(broker) && !inSync.includes(broker)),
    ...(sources.some((broker) => answering.has(broker)) ? [] : sources)
  ]
  return {
    topic,
    partition,
    replicas: replicas.filter((broker) => !removingReplicas.includes(broker)),
    adding: addingReplicas,
    removing: removingReplicas,
    inSync,
    copiedBytes: sum(copied),
    totalBytes: full === null ? null : full * addingReplicas.length,
    waitsFor
  }
}

function stalls(all: readonly Progress[]): Warning[] {
  const brokers = [...new Set(all.flatMap(({ waitsFor }) => waitsFor))].sort((a, b) => a - b)
  return brokers.map((broker) => {
    const waiting = all.filter(({ waitsFor }) => waitsFor.includes(broker)).length
    return {
      code: 'broker_unreachable',
      message: `${waiting} ${waiting === 1 ? 'partition waits' : 'partitions wait'} for broker ${broker}, which does not answer: they go on when it is back, or can be cancelled`,
      target: `reassignments to kafka-${broker}`
    }
  })
}

/**
 * Cancels what is under way: all of it, of a topic, or one partition. The replicas stay where they were; what was copied is
 * dropped.
 * @throws KopsError validation_failed, controller_unavailable, cluster_unreachable, kafka_timeout (perhaps cancelled)
 */
export async function cancelReassignments(
  { reassignments, throttle }: Pick<ReassignmentPorts, 'reassignments' | 'throttle'>,
  { topic, partition }: Omit<CancelQuery, 'dryRun'>,
  { dryRun, now, changeTimeoutMs }: Pick<StartOptions, 'dryRun' | 'now' | 'changeTimeoutMs'>
): Promise<CancelResult> {
  if (partition !== undefined && topic === undefined) {
    throw fieldError('validation_failed', 'topic', 'is required with partition')
  }
  const ongoing = await reassignments.list(undefined, { timeoutMs: changeTimeoutMs })
  const meant = ongoing
    .filter((each) => topic === undefined || each.topic === topic)
    .filter((each) => partition === undefined || each.partition === partition)
  const planned = meant.map((each) => ({
    topic: each.topic,
    partition: each.partition,
    backTo: each.replicas.filter((broker) => !each.addingReplicas.includes(broker))
  }))
  const result = { dryRun, applied: !dryRun, refused: [], asOf: now().toISOString(), warnings: [] }
  if (dryRun || meant.length === 0) return { ...result, cancelled: planned }
  const outcomes = await reassignments.alter(
    meant.map((each) => ({ topic: each.topic, partition: each.partition, replicas: null })),
    { timeoutMs: changeTimeoutMs }
  )
  const errors = new Map(outcomes.map((outcome) => [partitionName(outcome), outcome.error]))
  // What was not limited any more need not stay limited until the next look.
  await throttle.check().catch(() => undefined)
  return {
    ...result,
    cancelled: planned.filter((each) => errors.get(partitionName(each)) === null),
    // NO_REASSIGNMENT_IN_PROGRESS: it was done before it could be cancelled.
    refused: outcomes.flatMap((outcome) =>
      outcome.error === null
        ? []
        : [
            {
              topic: outcome.topic,
              partition: outcome.partition,
              code: outcome.error.code,
              detail: outcome.error.message
            }
          ]
    )
  }
}
