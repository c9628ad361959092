import type { AuditEvent, AuditOutcome } from '#shared/contracts/audit.ts'
import { isKopsError } from '#shared/errors/catalog.ts'

/** A handler's details of its mutation, for the event. Plain data; later details override earlier ones. */
export interface AuditNote {
  /** The target; defaults to the path's first parameter. */
  target?: string
  before?: unknown
  after?: unknown
  /** In the caller's words. */
  reason?: string
}

/** The known data of a mutation when its event is written. */
export interface Mutation {
  requestId: string
  action: string
  dryRun: boolean
  actor: AuditEvent['actor']
  target: string
  note: AuditNote
}

/** One event. Ids are unique, and the ids of one request sort in the order of writing. */
export function auditEvent(
  mutation: Mutation,
  outcome: AuditOutcome,
  { at, error }: { at: Date; error?: unknown }
): AuditEvent {
  const { requestId, action, dryRun, actor, target, note } = mutation
  return {
    id: `${requestId}:${outcome}`,
    at: at.toISOString(),
    requestId,
    actor,
    action,
    target: note.target ?? target,
    outcome,
    dryRun,
    reason: note.reason ?? null,
    before: note.before ?? null,
    after: note.after ?? null,
    ...(error === undefined ? {} : { error: describe(error) })
  }
}

/** The outcome of a mutation by the status of its answer. */
export function outcomeOf(status: number, dryRun: boolean): AuditOutcome {
  if (status < 400) return dryRun ? 'planned' : 'applied'
  if (status === 401 || status === 403) return 'denied'
  return status < 500 ? 'refused' : 'failed'
}

function describe(error: unknown): NonNullable<AuditEvent['error']> {
  if (isKopsError(error)) return { code: error.code, detail: error.message }
  return { code: 'request_refused', detail: error instanceof Error ? error.message : 'unknown' }
}
