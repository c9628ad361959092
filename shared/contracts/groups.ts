import { type Static, Type } from 'typebox'
import { TimestampSchema, UnknownReasonSchema, WarningSchema } from './common.ts'
import { type Endpoint, NoQuerySchema } from './endpoint.ts'

/** The name of a consumer group. Kafka accepts any non-empty text; kops excludes control characters. */
export const GroupNameSchema = Type.String({
  minLength: 1,
  maxLength: 1000,
  pattern: '^[^\\u0000-\\u001f\\u007f]+$',
  description: 'Name of a consumer group: 1 to 1000 characters, none of them a control character',
  examples: ['log-indexer']
})

/** Path of one group. */
export const GroupParamsSchema = Type.Object({ group: GroupNameSchema }, { additionalProperties: false })

const partition = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const knownOffset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const offset = Type.Union([knownOffset, Type.Null()])

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
    state: Type.Optional(Type.String({ maxLength: 50, description: 'Only groups in this state, case-insensitive' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 1000 })),
    cursor: Type.Optional(Type.String({ maxLength: 6000, description: 'nextCursor of the previous page' }))
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
      { description: 'null while the group rebalances, and for protocols other than the consumer protocol' }
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
      description: 'Records still available to read: logEndOffset - max(committedOffset, logStartOffset), at least 0'
    }),
    reason: Type.Optional(UnknownReasonSchema),
    metadata: Type.Union([Type.String(), Type.Null()], {
      description: 'Metadata that the consumer committed with the offset'
    }),
    memberId: Type.Union([Type.String(), Type.Null()], { description: 'The member that owns it' })
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
      description: 'Sum over the partitions; null if one of them is unknown'
    }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'GroupDetail', additionalProperties: false }
)
export type GroupDetail = Static<typeof GroupDetailSchema>

export const groupEndpoints = {
  listGroups: {
    service: 'admin',
    method: 'GET',
    path: '/api/groups',
    role: 'viewer',
    tag: 'groups',
    summary: 'List consumer groups, by name',
    query: GroupListQuerySchema,
    answers: { 200: GroupListSchema }
  },
  describeGroup: {
    service: 'admin',
    method: 'GET',
    path: '/api/groups/{group}',
    role: 'viewer',
    tag: 'groups',
    summary: 'Describe a group: state, members, offsets and lag of each partition',
    params: GroupParamsSchema,
    query: NoQuerySchema,
    answers: { 200: GroupDetailSchema }
  }
} as const satisfies Record<string, Endpoint>
