import Value from 'typebox/value'
import { WorkloadSchema } from '#shared/contracts/workload.ts'
import { fieldError, KopsError } from '#shared/errors/catalog.ts'
import { assertNotReserved, type ReservedTopics } from '#shared/reserved-topics.ts'
import type { LoadOrder } from '../load/engine-port.ts'
import { resolveWorkload, type WorkloadLimits } from '../load/resolve-workload.ts'
import { recordOf } from '../load/run-record.ts'

/**
 * The guards of a worker, which hold whoever gives the order: its own limits, and the topics that kops keeps for itself.
 * @throws KopsError validation_failed naming the field, topic_protected
 */
export function checkOrder(
  { topic, workload }: LoadOrder,
  { limits, reserved }: { limits: WorkloadLimits; reserved: Pick<ReservedTopics, 'refusal'> }
): void {
  assertNotReserved(reserved, topic, 'write', 'topic')
  const record = recordOf(workload)
  if (!Value.Check(WorkloadSchema, record)) {
    throw new KopsError(
      'validation_failed',
      'the workload is not one of this version: run the same version of kops everywhere'
    )
  }
  if (record.topic.kind === 'existing' && record.topic.name !== topic) {
    throw fieldError('validation_failed', 'topic.name', `must be ${topic}, to which the records would go`)
  }
  const { cap } = resolveWorkload(record, { defaultTopic: topic, limits })
  if (cap && (workload.cap?.records ?? Number.POSITIVE_INFINITY) > cap.records) {
    throw fieldError('validation_failed', 'records', `must be at most ${cap.records} here (${cap.because})`)
  }
}
