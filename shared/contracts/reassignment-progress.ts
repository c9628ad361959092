import { type Static, Type } from 'typebox'
import { count, TimestampSchema, TopicNameSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'
import { RefusedPartitionsSchema, ThrottleBytesPerSecSchema } from './reassignments.ts'

const bytes = Type.Union([count, Type.Null()])
const brokerId = Type.Integer({ minimum: 0 })

/** `GET /api/reassignments`. */
export const ReassignmentListQuerySchema = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 1000 })),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: 'nextCursor of the page before' }))
  },
  { additionalProperties: false }
)
export type ReassignmentListQuery = Static<typeof ReassignmentListQuerySchema>

/** Why a rate, or when it will be done, is null. */
export const RateUnknownSchema = Type.Enum(['not_measured', 'broker_unreachable', 'stalled', 'falling_behind'], {
  description:
    'not_measured: there is no earlier reading to compare with, ask again; broker_unreachable: the size of a replica is not ' +
    'known; stalled: nothing was copied between the readings; falling_behind: more is written than copied'
})
export type RateUnknown = Static<typeof RateUnknownSchema>

export const ReassignmentProgressSchema = Type.Object(
  {
    topic: Type.String({ examples: ['log-events'] }),
    partition: count,
    replicas: Type.Array(brokerId, { description: 'Where it will be' }),
    adding: Type.Array(brokerId),
    removing: Type.Array(brokerId),
    inSync: Type.Array(brokerId, { description: 'Of the added ones, those that have caught up' }),
    copiedBytes: Type.Union([count, Type.Null()], { description: 'On the added replicas; null when not known' }),
    totalBytes: Type.Union([count, Type.Null()], { description: 'What they will have, as the leader has it now' }),
    bytesPerSec: Type.Union([count, Type.Null()], {
      description: 'Copied between this reading and earlier ones of the last 30 s; null when not known'
    }),
    bytesPerSecReason: Type.Optional(RateUnknownSchema),
    etaSeconds: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Until all is copied, at the rate of those readings and less what is written meanwhile'
    }),
    etaReason: Type.Optional(RateUnknownSchema),
    waitsFor: Type.Array(brokerId, { description: 'Brokers without which it cannot go on, and which do not answer' })
  },
  { $id: 'ReassignmentProgress', additionalProperties: false }
)
export type ReassignmentProgress = Static<typeof ReassignmentProgressSchema>

export const ThrottleSchema = Type.Object(
  {
    bytesPerSec: ThrottleBytesPerSecSchema,
    since: TimestampSchema,
    brokers: Type.Array(brokerId),
    topics: Type.Array(Type.String({ examples: ['log-events'] }))
  },
  { additionalProperties: false }
)
export type Throttle = Static<typeof ThrottleSchema>

export const ReassignmentListSchema = Type.Object(
  {
    reassignments: Type.Array(ReassignmentProgressSchema),
    nextCursor: Type.Optional(Type.String()),
    partitions: Type.Union([count, Type.Null()], {
      description:
        'All that are under way, on this page or not; sums are of them. null while no controller has said what is under way'
    }),
    copiedBytes: bytes,
    totalBytes: bytes,
    bytesPerSec: bytes,
    etaSeconds: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Until the last one is done; null when that of one is not known'
    }),
    throttle: Type.Union([ThrottleSchema, Type.Null()], {
      description: 'Set by this service for what is under way; taken away when that is done'
    }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'ReassignmentList', additionalProperties: false }
)
export type ReassignmentList = Static<typeof ReassignmentListSchema>

/** `DELETE /api/reassignments`: all, those of a topic, or one. */
export const CancelQuerySchema = Type.Object(
  {
    topic: Type.Optional(TopicNameSchema),
    partition: Type.Optional(Type.Integer({ minimum: 0, description: 'Needs topic' })),
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan, change nothing' }))
  },
  { additionalProperties: false }
)
export type CancelQuery = Static<typeof CancelQuerySchema>

export const CancelResultSchema = Type.Object(
  {
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    cancelled: Type.Array(
      Type.Object(
        {
          topic: Type.String({ examples: ['log-events'] }),
          partition: count,
          backTo: Type.Array(brokerId, { description: 'Where its replicas stay' })
        },
        { additionalProperties: false }
      )
    ),
    refused: RefusedPartitionsSchema,
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'CancelResult', additionalProperties: false }
)
export type CancelResult = Static<typeof CancelResultSchema>

export const reassignmentProgressEndpoints = {
  listReassignments: {
    service: 'admin',
    method: 'GET',
    path: '/api/reassignments',
    role: 'viewer',
    tag: 'reassignments',
    summary: 'Reassignments that are under way: how far they are, how fast, and when they will be done',
    query: ReassignmentListQuerySchema,
    answers: { 200: ReassignmentListSchema }
  },
  cancelReassignments: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/reassignments',
    role: 'admin',
    audit: 'partition.cancel-reassignment',
    tag: 'reassignments',
    summary: 'Cancel what is under way: all, of a topic, or one partition',
    query: CancelQuerySchema,
    answers: { 200: CancelResultSchema }
  }
} as const satisfies Record<string, Endpoint>
