import { type Static, Type } from 'typebox'
import { AclSchema } from './acls.ts'
import { JobLinksSchema, ObstacleSchema, TimestampSchema, TopicNameSchema, WarningSchema } from './common.ts'
import { AssignmentSchema, TopicPlanSchema, TopicSpecSchema } from './topics.ts'

const count = Type.Integer({ minimum: 0 })
const keptAcl = Type.Object(AclSchema.properties, { additionalProperties: false })

/** A group that has to do with a topic: it has committed offsets of it, or members that are to read it. */
export const TopicConsumerSchema = Type.Object(
  {
    group: Type.String({ examples: ['log-indexer'] }),
    state: Type.String({ examples: ['Stable', 'Empty'] }),
    members: Type.Union([count, Type.Null()], {
      description: 'Members that are to read this topic; null when not known'
    }),
    committedPartitions: Type.Integer({ minimum: 0, description: 'Partitions of which it has a committed offset' })
  },
  { $id: 'TopicConsumer', additionalProperties: false }
)
export type TopicConsumer = Static<typeof TopicConsumerSchema>

const reasoned = {
  force: Type.Optional(Type.Boolean({ default: false, description: 'Although the topic is in use; needs a reason' })),
  reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 }))
}
const dryRun = Type.Optional(Type.Boolean({ default: false, description: 'Tell what would be lost, change nothing' }))
const grace = Type.String({
  pattern: '^[1-9][0-9]{0,5}[smhd]$',
  description: 'a time such as 15m, after which it is deleted unless that is cancelled: s, m, h or d, up to 30d',
  examples: ['15m']
})

export const DeleteTopicQuerySchema = Type.Object(
  { dryRun, ...reasoned, grace: Type.Optional(grace) },
  { additionalProperties: false }
)
export type DeleteTopicQuery = Static<typeof DeleteTopicQuerySchema>

/** The two ways to ask for it, for clients that are typed by the answer: a plan (200), or a scheduled deletion (202). */
export const DeleteTopicNowQuerySchema = Type.Object({ dryRun, ...reasoned }, { additionalProperties: false })
export const ScheduleTopicDeletionQuerySchema = Type.Object({ ...reasoned, grace }, { additionalProperties: false })

/** What deleting a topic takes away, and what stands against it. */
export const DeleteTopicPlanSchema = Type.Object(
  {
    ...TopicPlanSchema.properties,
    action: Type.Literal('delete'),
    lastWriteAt: Type.Union([TimestampSchema, Type.Null()], {
      description: 'Timestamp of the latest record there is; null when there is none, or where a warning says so'
    }),
    groups: Type.Array(TopicConsumerSchema),
    acls: Type.Optional(
      Type.Union([Type.Array(keptAcl), Type.Null()], {
        description: 'ACLs that name the topic. Kafka keeps them; null: the cluster has no authorizer',
        examples: [null]
      })
    ),
    obstacles: Type.Array(ObstacleSchema, {
      description: 'What refuses the call (409) unless it is forced',
      examples: [[]]
    })
  },
  { $id: 'DeleteTopicPlan', additionalProperties: false }
)
export type DeleteTopicPlan = Static<typeof DeleteTopicPlanSchema>

/** A deletion that waits for its time. The guards are asked again when it comes. */
export const TopicDeletionSchema = Type.Object(
  {
    id: Type.String({ examples: ['0f8fad5b-d9cb-469f-a165-70867728950e'] }),
    topic: TopicNameSchema,
    topicId: Type.Optional(
      Type.String({ description: "Kafka's id of the topic: one made anew under the name is spared" })
    ),
    status: Type.Enum(['scheduled', 'deleting', 'deleted', 'refused', 'failed', 'cancelled']),
    requestedBy: Type.String({ examples: ['alice'] }),
    reason: Type.Union([Type.String({ examples: ['not used any more'] }), Type.Null()]),
    force: Type.Boolean(),
    requestedAt: TimestampSchema,
    dueAt: TimestampSchema,
    endedAt: Type.Union([TimestampSchema, Type.Null()]),
    detail: Type.Union([Type.String(), Type.Null()], { description: 'Why it ended otherwise than in a deletion' }),
    plan: Type.Object(
      { ...DeleteTopicPlanSchema.properties, warnings: Type.Array(ObstacleSchema, { examples: [[]] }) },
      {
        additionalProperties: false,
        description: 'As it was asked for'
      }
    ),
    links: JobLinksSchema
  },
  { $id: 'TopicDeletion', additionalProperties: false }
)
export type TopicDeletion = Static<typeof TopicDeletionSchema>

export const TopicDeletionListSchema = Type.Object(
  {
    deletions: Type.Array(TopicDeletionSchema),
    nextCursor: Type.Optional(Type.String()),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'TopicDeletionList', additionalProperties: false }
)
export type TopicDeletionList = Static<typeof TopicDeletionListSchema>

export const KeptOffsetSchema = Type.Object(
  { group: Type.String({ examples: ['log-indexer'] }), partition: count, offset: count },
  { additionalProperties: false }
)
export type KeptOffset = Static<typeof KeptOffsetSchema>

/** What is kept of a deleted topic: all but its records. */
export const KeptTopicSchema = Type.Object(
  {
    id: Type.String({ examples: ['0f8fad5b-d9cb-469f-a165-70867728950e'] }),
    deletedAt: TimestampSchema,
    topic: TopicSpecSchema,
    assignment: AssignmentSchema,
    records: Type.Union([count, Type.Null()]),
    committedOffsets: Type.Array(KeptOffsetSchema),
    acls: Type.Union([Type.Array(keptAcl), Type.Null()], { description: 'null: the cluster has no authorizer' }),
    warnings: Type.Array(WarningSchema, { description: 'What could not be read when it was kept' })
  },
  { $id: 'KeptTopic', additionalProperties: false }
)
export type KeptTopic = Static<typeof KeptTopicSchema>

export const RecreateQuerySchema = Type.Object(
  {
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan, change nothing' })),
    offsets: Type.Optional(
      Type.Enum(['start', 'none'], {
        default: 'start',
        description:
          'start: groups that had committed offsets begin at offset 0, since old offsets would skip new records; none: they have none'
      })
    )
  },
  { additionalProperties: false }
)
export type RecreateQuery = Static<typeof RecreateQuerySchema>

export const RecreatePlanSchema = Type.Object(
  {
    action: Type.Literal('recreate'),
    topic: TopicSpecSchema,
    deletedAt: TimestampSchema,
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    recordsLost: Type.Union([count, Type.Null()], { description: 'Records are not restored; null when not counted' }),
    committedOffsets: Type.Array(
      Type.Object(
        {
          ...KeptOffsetSchema.properties,
          restoredAs: Type.Union([count, Type.Null()]),
          detail: Type.Optional(Type.String())
        },
        { additionalProperties: false }
      )
    ),
    acls: Type.Union(
      [
        Type.Array(
          Type.Object(
            {
              ...AclSchema.properties,
              restored: Type.Union([Type.Boolean(), Type.Null()], {
                description:
                  'true: it was missing, and is (in a dry run: would be) made again; false: Kafka has kept it; ' +
                  'null: that could not be told or done, as a warning says',
                examples: [true]
              })
            },
            { additionalProperties: false }
          )
        ),
        Type.Null()
      ],
      { description: 'The ACLs that named the topic; null: the cluster had no authorizer' }
    ),
    waitingFor: Type.Optional(Type.Array(Type.String())),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'RecreatePlan', additionalProperties: false }
)
export type RecreatePlan = Static<typeof RecreatePlanSchema>
