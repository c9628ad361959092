import { type Static, Type } from 'typebox'
import { KeptAclSchema } from './acls.ts'
import {
  count,
  JobLinksSchema,
  JobListQuerySchema,
  JobParamsSchema,
  ObstacleSchema,
  TimestampSchema,
  TopicNameSchema,
  TopicParamsSchema,
  WarningSchema
} from './common.ts'
import { described, type Endpoint, NoQuerySchema } from './endpoint.ts'
import { TopicPlanSchema } from './topics.ts'

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
      Type.Union([Type.Array(KeptAclSchema), Type.Null()], {
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

export const topicDeletionEndpoints = {
  deleteTopic: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/topics/{topicName}',
    role: 'admin',
    audit: 'topic.delete',
    tag: 'topics',
    summary: 'Delete a topic and its records',
    description:
      'Refused for protected topics, and for topics in use unless force=true and a reason say so: those that members of a ' +
      'group read, or that were written to lately. With grace it is scheduled and can be cancelled.',
    params: TopicParamsSchema,
    query: DeleteTopicQuerySchema,
    answers: {
      200: described(DeleteTopicPlanSchema, 'Deleted; or what would be lost (dryRun)'),
      202: described(TopicDeletionSchema, 'Scheduled')
    }
  },
  listTopicDeletions: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/deletions',
    role: 'viewer',
    tag: 'topics',
    summary: 'List scheduled deletions, newest first',
    query: JobListQuerySchema,
    answers: { 200: TopicDeletionListSchema }
  },
  topicDeletion: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/deletions/{id}',
    role: 'viewer',
    tag: 'topics',
    summary: 'A scheduled deletion, or one that has ended',
    params: JobParamsSchema,
    query: NoQuerySchema,
    answers: { 200: TopicDeletionSchema }
  },
  cancelTopicDeletion: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/topics/deletions/{id}',
    role: 'operator',
    audit: 'topic.cancel-deletion',
    tag: 'topics',
    summary: 'Cancel a scheduled deletion',
    params: JobParamsSchema,
    query: NoQuerySchema,
    answers: { 200: TopicDeletionSchema }
  }
} as const satisfies Record<string, Endpoint>
