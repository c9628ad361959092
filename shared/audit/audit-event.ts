import { boundedText } from '../bounded-text.ts'
import type { AuditEvent, AuditOutcome } from '../contracts/audit.ts'
import { isKopsError } from '../errors/catalog.ts'
import { type RecordedRequest, withoutSecrets } from './recorded-request.ts'

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

/** In bytes of JSON. A reason has at most 500 characters, the name of a topic 249. */
const longestText = 600
const longestError = 4000

/** One event. Ids are unique, and the ids of one request sort in the order of writing. */
export function auditEvent(
  mutation: Mutation,
  outcome: AuditOutcome,
  { at, error, request }: { at: Date; error?: unknown; request?: RecordedRequest | undefined }
): AuditEvent {
  const { requestId, action, dryRun, actor, note } = mutation
  // A denied request was not validated: anyone could write as much here as a request line holds.
  const target = boundedText(note.target ?? mutation.target, longestText)
  const reason = note.reason === undefined ? null : boundedText(note.reason, longestText)
  return {
    id: `${requestId}:${outcome}`,
    at: at.toISOString(),
    requestId,
    actor,
    action,
    target,
    outcome,
    dryRun,
    reason,
    ...(request === undefined ? {} : { request }),
    before: withoutSecrets(note.before ?? null),
    after: withoutSecrets(note.after ?? null),
    ...(error === undefined ? {} : { error: describe(error) })
  }
}

/** The outcome of a mutation by the status of its answer. */
export function outcomeOf(status: number): AuditOutcome {
  if (status < 400) return 'applied'
  if (status === 401 || status === 403) return 'denied'
  return status < 500 ? 'refused' : 'failed'
}

function describe(error: unknown): NonNullable<AuditEvent['error']> {
  if (isKopsError(error)) return { code: error.code, detail: error.message }
  const detail = error instanceof Error ? boundedText(error.message, longestError) : 'unknown'
  return { code: 'request_refused', detail }
}
