import { isKopsError } from '../errors/catalog.ts'
import { auditEvent, type Mutation, outcomeOf } from './audit-event.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { RecordedRequest } from './recorded-request.ts'

/**
 * Carries out a mutation that no HTTP request of a service asks for, as one of them is: nothing is done unless the trail
 * has recorded it first, and its outcome follows.
 * @param onLost receives the error if the outcome could not be recorded; what was done stays done
 */
export async function recordAction<T>(
  trail: AuditTrail,
  mutation: Mutation,
  {
    now,
    request,
    onLost = () => {}
  }: { now: () => Date; request?: RecordedRequest; onLost?: (error: unknown) => void },
  act: () => Promise<T>
): Promise<T> {
  await trail.record(auditEvent(mutation, 'requested', { at: now(), request }))
  return withOutcome(trail, mutation, { now, onLost }, act)
}

/**
 * Carries out a mutation and records its outcome.
 * @param waits false: the answer does not wait for the record
 */
export async function withOutcome<T>(
  trail: AuditTrail,
  mutation: Mutation,
  { now, onLost, waits = true }: { now: () => Date; onLost: (error: unknown) => void; waits?: boolean },
  act: () => Promise<T>
): Promise<T> {
  const outcome = await act().then(
    (value) => ({ value }),
    (error: unknown) => ({ error })
  )
  const failed = 'error' in outcome
  const status = failed ? statusOf(outcome.error) : 200
  const at = { at: now(), ...(failed ? { error: outcome.error } : {}) }
  const recording = trail.record(auditEvent(mutation, outcomeOf(status), at)).catch(onLost)
  if (waits) await recording
  if (failed) throw outcome.error
  return outcome.value
}

function statusOf(error: unknown): number {
  return isKopsError(error) ? error.status : 500
}
