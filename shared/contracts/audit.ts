import { type Static, Type } from 'typebox'
import { TimestampSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'

/**
 * requested: written before a mutation is carried out; its outcome follows under the same requestId. applied, denied
 * (role), refused (4xx) and failed (5xx: perhaps applied in part) are written before the answer is sent. planned: a dry run,
 * of earlier versions; now only denied ones are recorded.
 */
const auditOutcomes = ['requested', 'applied', 'planned', 'denied', 'refused', 'failed'] as const
export const AuditOutcomeSchema = Type.Enum([...auditOutcomes])
export type AuditOutcome = Static<typeof AuditOutcomeSchema>

const longestActorName = 200
export const actorNameDescription = `a name of 1 to ${longestActorName} characters without control characters`

/** The name of a caller who may change something: it can be searched for, and does not change how a terminal shows it. */
export const ActorNameSchema = Type.String({
  minLength: 1,
  maxLength: longestActorName,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]+$',
  description: actorNameDescription,
  examples: ['alice']
})

const HashSchema = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 of the canonical JSON of an event',
  examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08']
})
const sequence = Type.Integer({ minimum: 0 })
/** An event that a later one vouches for. */
const VouchedSchema = Type.Object({ hash: HashSchema, at: TimestampSchema }, { additionalProperties: false })

/** The place of an event in the chain of its writer. */
export const AuditChainSchema = Type.Object(
  {
    writer: Type.String({ description: 'The service that wrote it, and its chain', examples: ['admin-5f6b2c1e'] }),
    sequence,
    previous: Type.Union([VouchedSchema, Type.Null()], { description: 'The event before it; null in the first one' }),
    unwritten: Type.Optional(
      Type.Array(
        Type.Object(
          { from: sequence, to: sequence, previous: Type.Union([VouchedSchema, Type.Null()]) },
          { additionalProperties: false }
        ),
        { description: 'Earlier events that could not be written, or perhaps not; previous: the event before them' }
      )
    ),
    started: Type.Optional(
      Type.Object(
        {
          because: Type.Enum(['no-state', 'state-unreadable', 'machine-restarted']),
          after: Type.Optional(
            Type.Object(
              { writer: Type.String(), sequence, ...VouchedSchema.properties },
              { additionalProperties: false, description: 'The last known event of the chain before it' }
            )
          )
        },
        { additionalProperties: false, description: 'Why a chain begins here; in its first event' }
      )
    )
  },
  { additionalProperties: false, description: 'Makes missing and changed events evident; absent from earlier versions' }
)
export type AuditChain = Static<typeof AuditChainSchema>

/** The caller who asked for something. */
export const AuditActorSchema = Type.Object(
  {
    name: Type.String({ description: 'unauthenticated when the caller is unknown', examples: ['alice'] }),
    role: Type.Union([Type.String({ examples: ['operator'] }), Type.Null()]),
    how: Type.Union([Type.String({ examples: ['token'] }), Type.Null()]),
    address: Type.String({ examples: ['127.0.0.1'] })
  },
  { additionalProperties: false }
)
export type AuditActor = Static<typeof AuditActorSchema>

/**
 * One event of the topic audit-logs. Its key is the event's id: the topic is compacted, and of two events with one key
 * the first would be lost.
 */
export const AuditEventSchema = Type.Object(
  {
    id: Type.String({ examples: ['0f8fad5b-d9cb-469f-a165-70867728950e'] }),
    at: TimestampSchema,
    requestId: Type.String({ examples: ['6f1f0c5e-3b0e-4a50-9a7e-2d6f5b6b8a11'] }),
    actor: AuditActorSchema,
    action: Type.String({ examples: ['topic.create', 'group.reset-offsets'] }),
    target: Type.String({ description: 'What it is done to', examples: ['new-topic'] }),
    outcome: AuditOutcomeSchema,
    dryRun: Type.Boolean(),
    reason: Type.Union([Type.String(), Type.Null()], { description: "In the caller's words" }),
    request: Type.Optional(
      Type.Object(
        {
          params: Type.Optional(Type.Unknown({ examples: [{ topicName: 'new-topic' }] })),
          query: Type.Optional(Type.Unknown({ examples: [{ dryRun: false }] })),
          body: Type.Optional(Type.Unknown()),
          cut: Type.Optional(
            Type.Object(
              { bytes: Type.Integer({ minimum: 0 }), sha256: Type.String() },
              {
                additionalProperties: false,
                description:
                  'The request was too large: its size and the SHA-256 of its canonical JSON, before it was cut'
              }
            )
          )
        },
        {
          additionalProperties: false,
          description:
            'The validated request, in the first of its events: path, query and body, with *** for secrets and contents of records. Absent from denied and invalid requests, and from events of earlier versions'
        }
      )
    ),
    before: Type.Unknown({
      description: 'The state before the change, as far as known; null if there was none',
      examples: [null]
    }),
    after: Type.Unknown({
      description: 'The requested or reached state; null if there is none',
      examples: [{ name: 'new-topic', partitions: 3 }]
    }),
    error: Type.Optional(Type.Object({ code: Type.String(), detail: Type.String() }, { additionalProperties: false })),
    chain: Type.Optional(AuditChainSchema)
  },
  { $id: 'AuditEvent', additionalProperties: false }
)
export type AuditEvent = Static<typeof AuditEventSchema>

/** An event in a search result: a request without an outcome of its own also has the outcome that followed. */
export const FoundAuditEventSchema = Type.Object(
  {
    ...AuditEventSchema.properties,
    concludedAs: Type.Optional(
      Type.Union([Type.Enum([...auditOutcomes, 'unknown']), Type.Null()], {
        description:
          'For the outcome requested: the outcome that followed. unknown: there is none, because the change is in progress or the service stopped before it could record one; check the target. null: the outcome could not be read',
        examples: ['applied']
      })
    )
  },
  { $id: 'FoundAuditEvent', additionalProperties: false }
)
export type FoundAuditEvent = Static<typeof FoundAuditEventSchema>

/** `GET /api/audit`. */
export const AuditQuerySchema = Type.Object(
  {
    actor: Type.Optional(Type.String({ maxLength: longestActorName })),
    action: Type.Optional(Type.String({ maxLength: 100 })),
    target: Type.Optional(Type.String({ maxLength: 300 })),
    outcome: Type.Optional(
      Type.Enum([...auditOutcomes, 'unknown'], {
        description: 'unknown: requested, without a recorded outcome'
      })
    ),
    requestId: Type.Optional(Type.String({ maxLength: 100 })),
    from: Type.Optional(TimestampSchema),
    to: Type.Optional(TimestampSchema),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
    cursor: Type.Optional(
      Type.String({ maxLength: 16_000, description: 'nextCursor of the previous page, with the same filters' })
    )
  },
  { additionalProperties: false }
)
export type AuditQuery = Static<typeof AuditQuerySchema>

export const AuditListSchema = Type.Object(
  {
    events: Type.Array(FoundAuditEventSchema, { description: 'Newest first' }),
    nextCursor: Type.Optional(
      Type.String({ description: 'Continues with older events; an event that was written twice may appear twice' })
    ),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema, { description: 'Limits that cut the search short' })
  },
  { $id: 'AuditList', additionalProperties: false }
)
export type AuditList = Static<typeof AuditListSchema>

export const auditEndpoints = {
  searchAudit: {
    service: 'admin',
    method: 'GET',
    path: '/api/audit',
    role: 'operator',
    tag: 'audit',
    summary: 'Search the audit trail, newest first',
    description:
      'Filters by caller, action (`topic.create`, or `topic` for all topic actions), target, outcome, request and time. Each mutation has one event before it is carried out, whose `concludedAs` has the outcome, and one after. Plans and dry runs change nothing and have none, unless they were denied.',
    query: AuditQuerySchema,
    answers: { 200: AuditListSchema }
  }
} as const satisfies Record<string, Endpoint>
