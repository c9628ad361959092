import type { CancelQuery, CancelResult } from '#shared/contracts/reassignment-progress.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import { partitionName } from './snapshot.ts'
import type { ReassignmentPorts, StartOptions } from './start.ts'

/**
 * Cancels active reassignments: all of them, those of a topic, or of one partition. The replicas stay where they were;
 * copied data is dropped.
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
  // A throttle that is no longer needed need not wait for the next check.
  await throttle.check().catch(() => undefined)
  return {
    ...result,
    cancelled: planned.filter((each) => errors.get(partitionName(each)) === null),
    // NO_REASSIGNMENT_IN_PROGRESS: it finished before it could be cancelled.
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
