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
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: 'nextCursor of the previous page' }))
  },
  { additionalProperties: false }
)
export type ReassignmentListQuery = Static<typeof ReassignmentListQuerySchema>

/** Why a rate, or an expected end, is null. */
export const RateUnknownSchema = Type.Enum(['not_measured', 'broker_unreachable', 'stalled', 'falling_behind'], {
  description:
    'not_measured: there is no earlier reading to compare with, ask again; broker_unreachable: the size of a replica is unknown; stalled: nothing was copied between the readings; falling_behind: producers write faster than replicas copy'
})
export type RateUnknown = Static<typeof RateUnknownSchema>

export const ReassignmentProgressSchema = Type.Object(
  {
    topic: Type.String({ examples: ['log-events'] }),
    partition: count,
    replicas: Type.Array(brokerId, { description: 'Where it will be' }),
    adding: Type.Array(brokerId),
    removing: Type.Array(brokerId),
    inSync: Type.Array(brokerId, { description: 'Added replicas that have caught up' }),
    copiedBytes: Type.Union([count, Type.Null()], {
      description: 'Bytes copied to the added replicas; null if unknown'
    }),
    totalBytes: Type.Union([count, Type.Null()], {
      description: 'Bytes to copy in all, by the current size on the leader'
    }),
    bytesPerSec: Type.Union([count, Type.Null()], {
      description: 'Copy rate between this reading and earlier ones of the last 30 s; null if unknown'
    }),
    bytesPerSecReason: Type.Optional(RateUnknownSchema),
    etaSeconds: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Time until everything is copied, at that rate minus the write rate'
    }),
    etaReason: Type.Optional(RateUnknownSchema),
    waitsFor: Type.Array(brokerId, {
      description: 'Brokers that do not answer, without which the move cannot continue'
    })
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
        'All active reassignments, on this page or not; the sums cover all of them. null while no controller has reported them'
    }),
    copiedBytes: bytes,
    totalBytes: bytes,
    bytesPerSec: bytes,
    etaSeconds: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Time until the last one ends; null if that of any is unknown'
    }),
    throttle: Type.Union([ThrottleSchema, Type.Null()], {
      description: 'Set by this service for the active moves, and removed when they end'
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
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan without changing anything' }))
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
    summary: 'List active reassignments: progress, rate and expected end',
    query: ReassignmentListQuerySchema,
    answers: { 200: ReassignmentListSchema }
  },
  cancelReassignments: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/reassignments',
    role: 'admin',
    wholeCluster: true,
    audit: 'partition.cancel-reassignment',
    tag: 'reassignments',
    summary: 'Cancel active reassignments: all, those of a topic, or of one partition',
    query: CancelQuerySchema,
    answers: { 200: CancelResultSchema }
  }
} as const satisfies Record<string, Endpoint>
