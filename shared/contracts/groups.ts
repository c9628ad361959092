import { type Static, Type } from 'typebox'
import { TimestampSchema, TopicNameSchema, UnknownReasonSchema, WarningSchema } from './common.ts'

/** The name of a consumer group. Kafka takes any text that is not empty; one of control characters would be no name. */
export const GroupNameSchema = Type.String({
  minLength: 1,
  maxLength: 1000,
  pattern: '^[^\\u0000-\\u001f\\u007f]+$',
  description: 'Name of a consumer group: 1 to 1000 characters, none of them a control character',
  examples: ['log-indexer']
})

const partition = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const knownOffset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const offset = Type.Union([knownOffset, Type.Null()])
const nullableText = Type.Union([Type.String(), Type.Null()])

export const GroupSummarySchema = Type.Object(
  {
    group: Type.String({ examples: ['log-indexer'] }),
    state: Type.String({
      description: "Kafka's own: Stable, Empty, PreparingRebalance, CompletingRebalance, Assigning, Reconciling, Dead",
      examples: ['Stable']
    }),
    protocolType: Type.String({ examples: ['consumer'] }),
    members: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description: 'null when its coordinator could not describe it'
    })
  },
  { $id: 'GroupSummary', additionalProperties: false }
)
export type GroupSummary = Static<typeof GroupSummarySchema>

export const GroupListQuerySchema = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 1000, description: 'Only groups whose name contains this' })),
    state: Type.Optional(
      Type.String({ maxLength: 50, description: 'Only groups in this state; case does not matter' })
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 1000 })),
    cursor: Type.Optional(Type.String({ maxLength: 6000, description: 'nextCursor of the page before' }))
  },
  { additionalProperties: false }
)
export type GroupListQuery = Static<typeof GroupListQuerySchema>

export const GroupListSchema = Type.Object(
  {
    groups: Type.Array(GroupSummarySchema),
    nextCursor: Type.Optional(Type.String()),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'GroupList', additionalProperties: false }
)
export type GroupList = Static<typeof GroupListSchema>

export const GroupMemberSchema = Type.Object(
  {
    memberId: Type.String({ examples: ['indexer-1-5f6b2c1e'] }),
    instanceId: Type.Union([Type.String(), Type.Null()], { description: 'group.instance.id of a static member' }),
    clientId: Type.String({ examples: ['indexer-1'] }),
    host: Type.String({ examples: ['/127.0.0.1'] }),
    assignment: Type.Union(
      [
        Type.Array(
          Type.Object(
            { topic: Type.String({ examples: ['log-events'] }), partitions: Type.Array(partition) },
            { additionalProperties: false }
          )
        ),
        Type.Null()
      ],
      { description: 'null while the group rebalances, and for protocols other than consumers’' }
    )
  },
  { $id: 'GroupMember', additionalProperties: false }
)
export type GroupMember = Static<typeof GroupMemberSchema>

export const GroupPartitionSchema = Type.Object(
  {
    topic: Type.String({ examples: ['log-events'] }),
    partition,
    committedOffset: offset,
    logStartOffset: offset,
    logEndOffset: offset,
    lag: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description:
        'Records that are still there to be read: logEndOffset - max(committedOffset, logStartOffset), at least 0'
    }),
    reason: Type.Optional(UnknownReasonSchema),
    metadata: Type.Union([Type.String(), Type.Null()], {
      description: 'What the consumer committed beside the offset'
    }),
    memberId: Type.Union([Type.String(), Type.Null()], { description: 'The member it is assigned to' })
  },
  { $id: 'GroupPartition', additionalProperties: false }
)
export type GroupPartition = Static<typeof GroupPartitionSchema>

export const GroupDetailSchema = Type.Object(
  {
    group: Type.String({ examples: ['log-indexer'] }),
    state: Type.String({ examples: ['Empty'] }),
    protocolType: Type.String({ examples: ['consumer'] }),
    protocol: Type.Union([Type.String(), Type.Null()], { description: 'The assignor, `range`', examples: ['range'] }),
    coordinator: Type.Union([Type.Integer(), Type.Null()], { description: 'Broker id' }),
    members: Type.Union([Type.Array(GroupMemberSchema), Type.Null()]),
    partitions: Type.Array(GroupPartitionSchema, {
      description: 'Every partition with a commit or an assigned member'
    }),
    lag: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description: 'Sum over the partitions; null when one of them is not known'
    }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'GroupDetail', additionalProperties: false }
)
export type GroupDetail = Static<typeof GroupDetailSchema>

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
