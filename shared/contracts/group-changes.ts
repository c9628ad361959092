import { type Static, Type } from 'typebox'
import { DryRunQuerySchema, TimestampSchema, TopicNameSchema, UnknownReasonSchema, WarningSchema } from './common.ts'
import { described, type Endpoint } from './endpoint.ts'
import { GroupParamsSchema } from './groups.ts'

const partition = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const knownOffset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const offset = Type.Union([knownOffset, Type.Null()])
const nullableText = Type.Union([Type.String(), Type.Null()])

/** Where to: one of them, with the field that it needs. */
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
        description: 'Offsets to go on (positive) or back (negative)'
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
          description: 'Only these, commits or not; everything that the group has committed when left out'
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
    newOffset: Type.Union([knownOffset, Type.Null()], { description: 'null: stays as it is, for the reason given' }),
    clamped: Type.Union([Type.Enum(['toLogStart', 'toLogEnd']), Type.Null()], {
      description: 'The offset asked for lies outside the log; newOffset is the nearest that is in it'
    }),
    requestedOffset: Type.Optional(Type.Integer({ description: 'What was asked for, where it was clamped' })),
    logStartOffset: offset,
    logEndOffset: offset,
    reason: Type.Optional(UnknownReasonSchema),
    error: Type.Optional(nullableText)
  },
  { $id: 'ResetPartition', additionalProperties: false }
)
export type ResetPartition = Static<typeof ResetPartitionSchema>

/** What a reset will do, or did. */
export const ResetPlanSchema = Type.Object(
  {
    group: Type.String({ examples: ['log-indexer'] }),
    action: Type.Literal('reset-offsets'),
    partitions: Type.Array(ResetPartitionSchema),
    changes: Type.Integer({ minimum: 0, description: 'Partitions whose offset differs from the old one' }),
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'ResetPlan', additionalProperties: false }
)
export type ResetPlan = Static<typeof ResetPlanSchema>

/** What deleting a group, or its offsets of one topic, forgets. */
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
      { description: 'The offsets that are forgotten: enough to commit them again' }
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
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan, change nothing' }))
  },
  { additionalProperties: false }
)

const partly = 'Kafka refused some partitions: each that it refused has its `error`, the others are done'

export const groupChangeEndpoints = {
  resetOffsets: {
    service: 'admin',
    method: 'POST',
    path: '/api/groups/{group}/reset-offsets',
    role: 'operator',
    audit: 'group.reset-offsets',
    tag: 'groups',
    summary: 'Reset the committed offsets of a group',
    description:
      'Refused with 409 while members are active. The plan has old and new offset of every partition; an offset outside ' +
      'the log is moved to the nearest inside it, and the plan says so.',
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
    summary: 'Delete a group and everything that it has committed',
    description: 'Refused with 409 while members are active. The answer keeps the offsets.',
    params: GroupParamsSchema,
    query: DryRunQuerySchema,
    answers: { 200: ForgetPlanSchema }
  },
  deleteGroupOffsets: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/groups/{group}/offsets',
    role: 'admin',
    audit: 'group.delete-offsets',
    tag: 'groups',
    summary: 'Forget what a group has committed in one topic',
    description: 'Refused with 409 while members are active. The answer keeps the offsets.',
    params: GroupParamsSchema,
    query: DeleteOffsetsQuerySchema,
    answers: { 200: ForgetPlanSchema, 207: described(ForgetPlanSchema, partly) }
  }
} as const satisfies Record<string, Endpoint>
