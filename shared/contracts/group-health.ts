import { type Static, Type } from 'typebox'
import { count, TimestampSchema, UnknownReasonSchema, WarningSchema } from './common.ts'
import { type Endpoint, NoQuerySchema } from './endpoint.ts'
import { GroupParamsSchema } from './groups.ts'

const offset = Type.Union([count, Type.Null()])
const seconds = Type.Union([Type.Number({ minimum: 0 }), Type.Null()])

export const GroupVerdictSchema = Type.Enum(['OK', 'WARN', 'STALL', 'STOP', 'REWIND', 'ERR'], {
  description:
    'From harmless to grave. WARN: it falls behind; STALL: a member has the partition and does not get on; STOP: nobody ' +
    'reads it any more; REWIND: it went back and has not made up for it; ERR: its commit lies outside the log',
  examples: ['OK']
})
export type GroupVerdict = Static<typeof GroupVerdictSchema>

export const LagSecondsMethodSchema = Type.Enum(['interpolated', 'record_timestamp', 'caught_up'], {
  description:
    'interpolated: between the readings of the end offset; record_timestamp: of the record at the commit, which is older ' +
    'than those readings; caught_up: nothing is unread'
})
export type LagSecondsMethod = Static<typeof LagSecondsMethodSchema>

/** The rules of a verdict in words, the first first: docs/consumer-groups.md has them in full. */
export const verdictRules = [
  'nothing is committed',
  'an offset could not be read',
  'the commit is below the log start: records were removed unread',
  'the commit is beyond the log end',
  'nothing is unread',
  'the commit went back and has not made up for it',
  'the commit stands still and no member has the partition',
  'the commit stands still though a member has the partition',
  'seen too briefly to judge',
  'nothing was unread a short while ago',
  'commits go on and the lag grows',
  'commits go on and the lag does not grow'
] as const

/** What is said of a group wherever it is told. */
export const groupJudgementProperties = {
  lagSeconds: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
    description: 'Age of the oldest record that it has not read, over the partitions for which it is known',
    examples: [12.5]
  }),
  lagSecondsReason: Type.Optional(UnknownReasonSchema),
  verdict: Type.Union([GroupVerdictSchema, Type.Null()], {
    description: 'That of its worst partition; null when none is bad and not all could be judged'
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
    description: 'Records between the log start and the commit; negative: so many were removed unread',
    examples: [120_000]
  }),
  retentionLossSeconds: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
    description:
      'Time until retention reaches what is unread, if both go on as lately; null while it does not come nearer',
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
    state: Type.Optional(
      Type.String({ maxLength: 50, description: 'Only groups in this state; case does not matter' })
    ),
    verdict: Type.Optional(GroupVerdictSchema),
    sort: Type.Optional(
      Type.Enum(['name', 'worst'], {
        default: 'name',
        description: 'worst: the gravest verdict first, then the oldest unread record, then the most unread'
      })
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 1000 })),
    cursor: Type.Optional(Type.String({ maxLength: 6000, description: 'nextCursor of the page before' }))
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
      description: 'Records still there to be read: logEndOffset - max(committedOffset, logStartOffset), at least 0'
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
    memberId: Type.Union([Type.String(), Type.Null()], { description: 'The member it is assigned to' }),
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
    summary: 'Consumer groups, by name: lag in records and seconds, verdict, retention risk',
    description: 'From the last full reading of the cluster: nothing is read at the asking.',
    query: GroupHealthListQuerySchema,
    answers: { 200: GroupHealthListSchema }
  },
  groupHealth: {
    service: 'health',
    method: 'GET',
    path: '/api/health/groups/{group}',
    role: 'viewer',
    tag: 'groups',
    summary: 'One consumer group, partition by partition',
    params: GroupParamsSchema,
    query: NoQuerySchema,
    answers: { 200: GroupHealthDetailSchema }
  }
} as const satisfies Record<string, Endpoint>
