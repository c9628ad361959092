import { type Static, Type } from 'typebox'
import { DryRunQuerySchema, TimestampSchema, TopicNameSchema, UnknownReasonSchema, WarningSchema } from './common.ts'
import { described, type Endpoint } from './endpoint.ts'
import { GroupParamsSchema } from './groups.ts'

const partition = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const knownOffset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const offset = Type.Union([knownOffset, Type.Null()])
const nullableText = Type.Union([Type.String(), Type.Null()])

/** The target of a reset: one of these, with the field that it needs. */
export const ResetTargetSchema = Type.Enum(['earliest', 'latest', 'timestamp', 'durationBack', 'shiftBy', 'offsets'], {
  description:
    'earliest, latest; timestamp (needs `timestamp`); durationBack (`durationMs`); shiftBy (`shiftBy`); offsets (`offsets`)'
})

export const ResetOffsetsSchema = Type.Object(
  {
    to: ResetTargetSchema,
    timestamp: Type.Optional(TimestampSchema),
    durationMs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 31_536_000_000 * 100, description: 'How far back from now' })
    ),
    shiftBy: Type.Optional(
      Type.Integer({
        minimum: -Number.MAX_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Offsets to move forward (positive) or back (negative)'
      })
    ),
    offsets: Type.Optional(
      Type.Array(
        Type.Object({ topic: TopicNameSchema, partition, offset: knownOffset }, { additionalProperties: false }),
        { minItems: 1, maxItems: 10_000 }
      )
    ),
    topics: Type.Optional(
      Type.Array(
        Type.Object(
          {
            topic: TopicNameSchema,
            partitions: Type.Optional(Type.Array(partition, { minItems: 1, maxItems: 10_000 }))
          },
          { additionalProperties: false }
        ),
        {
          minItems: 1,
          maxItems: 1000,
          description: 'Only these, with or without commits; defaults to everything that the group has committed'
        }
      )
    )
  },
  {
    additionalProperties: false,
    examples: [
      { to: 'earliest', topics: [{ topic: 'log-events' }] },
      { to: 'durationBack', durationMs: 3_600_000 },
      { to: 'offsets', offsets: [{ topic: 'log-events', partition: 0, offset: 1200 }] }
    ]
  }
)
export type ResetOffsets = Static<typeof ResetOffsetsSchema>

export const ResetPartitionSchema = Type.Object(
  {
    topic: Type.String({ examples: ['log-events'] }),
    partition,
    oldOffset: offset,
    newOffset: Type.Union([knownOffset, Type.Null()], { description: 'null: unchanged, for the given reason' }),
    clamped: Type.Union([Type.Enum(['toLogStart', 'toLogEnd']), Type.Null()], {
      description: 'The requested offset is outside the log; newOffset is the nearest offset inside it'
    }),
    requestedOffset: Type.Optional(Type.Integer({ description: 'The requested offset, if it was clamped' })),
    logStartOffset: offset,
    logEndOffset: offset,
    reason: Type.Optional(UnknownReasonSchema),
    error: Type.Optional(nullableText)
  },
  { $id: 'ResetPartition', additionalProperties: false }
)
export type ResetPartition = Static<typeof ResetPartitionSchema>

/** The effect of a reset. */
export const ResetPlanSchema = Type.Object(
  {
    group: Type.String({ examples: ['log-indexer'] }),
    action: Type.Literal('reset-offsets'),
    partitions: Type.Array(ResetPartitionSchema),
    changes: Type.Integer({ minimum: 0, description: 'Partitions whose offset changes' }),
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'ResetPlan', additionalProperties: false }
)
export type ResetPlan = Static<typeof ResetPlanSchema>

/** What deleting a group, or its offsets for one topic, removes. */
export const ForgetPlanSchema = Type.Object(
  {
    group: Type.String({ examples: ['log-indexer'] }),
    action: Type.Enum(['delete', 'delete-offsets']),
    state: Type.String({ examples: ['Empty'] }),
    committed: Type.Array(
      Type.Object(
        { topic: Type.String({ examples: ['log-events'] }), partition, offset, error: Type.Optional(Type.String()) },
        { additionalProperties: false }
      ),
      { description: 'The removed offsets, sufficient to commit them again' }
    ),
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'ForgetPlan', additionalProperties: false }
)
export type ForgetPlan = Static<typeof ForgetPlanSchema>

export const DeleteOffsetsQuerySchema = Type.Object(
  {
    topic: TopicNameSchema,
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan without changing anything' }))
  },
  { additionalProperties: false }
)

const partly = 'Kafka refused some partitions: each of those has an `error`; the others are done'

export const groupChangeEndpoints = {
  resetOffsets: {
    service: 'admin',
    method: 'POST',
    path: '/api/groups/{group}/reset-offsets',
    role: 'operator',
    wholeCluster: true,
    audit: 'group.reset-offsets',
    tag: 'groups',
    summary: 'Reset the committed offsets of a group',
    description:
      'Refused with 409 while members are active. The plan has the old and new offset of every partition; an offset outside the log is clamped to the nearest one inside it, and the plan marks it.',
    params: GroupParamsSchema,
    query: DryRunQuerySchema,
    body: ResetOffsetsSchema,
    answers: { 200: ResetPlanSchema, 207: described(ResetPlanSchema, partly) }
  },
  deleteGroup: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/groups/{group}',
    role: 'admin',
    audit: 'group.delete',
    tag: 'groups',
    summary: 'Delete a group and all its committed offsets',
    description: 'Refused with 409 while members are active. The answer contains the removed offsets.',
    params: GroupParamsSchema,
    query: DryRunQuerySchema,
    answers: { 200: ForgetPlanSchema }
  },
  deleteGroupOffsets: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/groups/{group}/offsets',
    role: 'admin',
    wholeCluster: true,
    audit: 'group.delete-offsets',
    tag: 'groups',
    summary: 'Delete the committed offsets of a group for one topic',
    description: 'Refused with 409 while members are active. The answer contains the removed offsets.',
    params: GroupParamsSchema,
    query: DeleteOffsetsQuerySchema,
    answers: { 200: ForgetPlanSchema, 207: described(ForgetPlanSchema, partly) }
  }
} as const satisfies Record<string, Endpoint>
