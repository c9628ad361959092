import { type Static, Type } from 'typebox'
import { count, TimestampSchema, UnknownReasonSchema, WarningSchema } from './common.ts'
import { type Endpoint, NoQuerySchema } from './endpoint.ts'
import { GroupParamsSchema } from './groups.ts'

const offset = Type.Union([count, Type.Null()])
const seconds = Type.Union([Type.Number({ minimum: 0 }), Type.Null()])

export const GroupVerdictSchema = Type.Enum(['OK', 'WARN', 'STALL', 'STOP', 'REWIND', 'ERR'], {
  description:
    'In order of severity. WARN: it falls behind; STALL: a member owns the partition but makes no progress; STOP: no member reads it any more; REWIND: it moved back and has not caught up again; ERR: its committed offset is out of range',
  examples: ['OK']
})
export type GroupVerdict = Static<typeof GroupVerdictSchema>

export const LagSecondsMethodSchema = Type.Enum(['interpolated', 'record_timestamp', 'caught_up'], {
  description:
    'interpolated: between two readings of the end offset; record_timestamp: from the record at the committed offset, which is older than those readings; caught_up: nothing is unread'
})
export type LagSecondsMethod = Static<typeof LagSecondsMethodSchema>

/** The verdict rules in words, in order: docs/consumer-groups.md explains them in full. */
export const verdictRules = [
  'nothing is committed',
  'an offset could not be read',
  'the commit is below the log start: records were removed unread',
  'the commit is beyond the log end',
  'nothing is unread',
  'the commit moved back and has not caught up',
  'the commit does not move and no member owns the partition',
  'the commit does not move although a member owns the partition',
  'too few sweeps to judge',
  'the lag was zero recently',
  'it commits but the lag grows',
  'it commits and the lag does not grow'
] as const

/** The fields of a group that every answer has. */
export const groupJudgementProperties = {
  lagSeconds: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
    description: 'Age of the oldest record that it has not read, over the partitions for which it is known',
    examples: [12.5]
  }),
  lagSecondsReason: Type.Optional(UnknownReasonSchema),
  verdict: Type.Union([GroupVerdictSchema, Type.Null()], {
    description: 'The verdict of its worst partition; null if no partition is bad but not all could be judged'
  }),
  verdictReason: Type.Optional(UnknownReasonSchema)
}

const lagProperties = {
  lag: Type.Union([count, Type.Null()], {
    description: 'Records between committed and end offsets, summed over the partitions that could be read'
  }),
  lagReason: Type.Optional(UnknownReasonSchema)
}

const groupProperties = {
  group: Type.String({ examples: ['log-indexer'] }),
  state: Type.String({ description: "Kafka's own", examples: ['Stable', 'Empty'] }),
  members: Type.Union([count, Type.Null()], { description: 'null when its coordinator could not describe it' }),
  ...lagProperties,
  ...groupJudgementProperties
}

const retentionProperties = {
  retentionMarginRecords: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Records between the log start and the committed offset; if negative, so many were removed unread',
    examples: [120_000]
  }),
  retentionLossSeconds: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
    description: 'Time until retention reaches unread records at the recent rates; null while it is not getting closer',
    examples: [null]
  })
}

/** One group in `GET /api/health`. */
export const GroupHealthSchema = Type.Object(groupProperties, { $id: 'GroupHealth', additionalProperties: false })
export type GroupHealth = Static<typeof GroupHealthSchema>

/** One group in `GET /api/health/groups`. */
export const GroupHealthSummarySchema = Type.Object(
  { ...groupProperties, ...retentionProperties },
  { $id: 'GroupHealthSummary', additionalProperties: false }
)
export type GroupHealthSummary = Static<typeof GroupHealthSummarySchema>

export const GroupHealthListQuerySchema = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 1000, description: 'Only groups whose name contains this' })),
    state: Type.Optional(Type.String({ maxLength: 50, description: 'Only groups in this state, case-insensitive' })),
    verdict: Type.Optional(GroupVerdictSchema),
    topic: Type.Optional(
      Type.String({ maxLength: 249, description: 'Only groups with a commit in this topic, or a member that reads it' })
    ),
    sort: Type.Optional(
      Type.Enum(['name', 'worst'], {
        default: 'name',
        description: 'worst: the most severe verdict first, then the oldest unread record, then the largest lag'
      })
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 1000 })),
    cursor: Type.Optional(Type.String({ maxLength: 6000, description: 'nextCursor of the previous page' }))
  },
  { additionalProperties: false }
)
export type GroupHealthListQuery = Static<typeof GroupHealthListQuerySchema>

export const GroupHealthListSchema = Type.Object(
  {
    groups: Type.Array(GroupHealthSummarySchema),
    nextCursor: Type.Optional(Type.String()),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'GroupHealthList', additionalProperties: false }
)
export type GroupHealthList = Static<typeof GroupHealthListSchema>

export const GroupPartitionHealthSchema = Type.Object(
  {
    topic: Type.String({ examples: ['log-events'] }),
    partition: count,
    committedOffset: offset,
    logStartOffset: offset,
    logEndOffset: offset,
    lag: Type.Union([count, Type.Null()], {
      description: 'Records still available to read: logEndOffset - max(committedOffset, logStartOffset), at least 0'
    }),
    lagReason: Type.Optional(UnknownReasonSchema),
    lagSeconds: seconds,
    lagSecondsMethod: Type.Union([LagSecondsMethodSchema, Type.Null()]),
    lagSecondsReason: Type.Optional(UnknownReasonSchema),
    verdict: Type.Union([GroupVerdictSchema, Type.Null()]),
    verdictRule: Type.Integer({
      minimum: 1,
      description: `Which rule decided: ${verdictRules.map((words, index) => `${index + 1} ${words}`).join('; ')}`,
      examples: [5]
    }),
    verdictReason: Type.Optional(UnknownReasonSchema),
    memberId: Type.Union([Type.String(), Type.Null()], { description: 'The member that owns it' }),
    clientId: Type.Union([Type.String(), Type.Null()]),
    host: Type.Union([Type.String(), Type.Null()]),
    ...retentionProperties
  },
  { $id: 'GroupPartitionHealth', additionalProperties: false }
)
export type GroupPartitionHealth = Static<typeof GroupPartitionHealthSchema>

/** `GET /api/health/groups/{group}`. */
export const GroupHealthDetailSchema = Type.Object(
  {
    ...groupProperties,
    ...retentionProperties,
    partitions: Type.Array(GroupPartitionHealthSchema, {
      description: 'Every partition of a topic that exists, with a commit or an assigned member'
    }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'GroupHealthDetail', additionalProperties: false }
)
export type GroupHealthDetail = Static<typeof GroupHealthDetailSchema>

export const groupHealthEndpoints = {
  groupsHealth: {
    service: 'health',
    method: 'GET',
    path: '/api/health/groups',
    role: 'viewer',
    tag: 'groups',
    summary: 'List consumer groups: lag in records and seconds, verdict, retention risk',
    description: 'From the last full reading of the cluster; the request itself reads nothing.',
    query: GroupHealthListQuerySchema,
    answers: { 200: GroupHealthListSchema }
  },
  groupHealth: {
    service: 'health',
    method: 'GET',
    path: '/api/health/groups/{group}',
    role: 'viewer',
    tag: 'groups',
    summary: 'Show a consumer group, partition by partition',
    params: GroupParamsSchema,
    query: NoQuerySchema,
    answers: { 200: GroupHealthDetailSchema }
  }
} as const satisfies Record<string, Endpoint>
