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

/** A group that uses a topic: it has committed offsets for it, or members assigned to it. */
export const TopicConsumerSchema = Type.Object(
  {
    group: Type.String({ examples: ['log-indexer'] }),
    state: Type.String({ examples: ['Stable', 'Empty'] }),
    members: Type.Union([count, Type.Null()], {
      description: 'Members assigned to this topic; null if unknown'
    }),
    committedPartitions: Type.Integer({ minimum: 0, description: 'Partitions with a committed offset' })
  },
  { $id: 'TopicConsumer', additionalProperties: false }
)
export type TopicConsumer = Static<typeof TopicConsumerSchema>

const reasoned = {
  force: Type.Optional(
    Type.Boolean({ default: false, description: 'Proceed although the topic is in use; needs a reason' })
  ),
  reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 }))
}
const dryRun = Type.Optional(
  Type.Boolean({ default: false, description: 'Return what would be lost without changing anything' })
)
const grace = Type.String({
  pattern: '^[1-9][0-9]{0,5}[smhd]$',
  description: 'a delay such as 15m before the deletion, during which you can cancel it: s, m, h or d, up to 30d',
  examples: ['15m']
})

export const DeleteTopicQuerySchema = Type.Object(
  { dryRun, ...reasoned, grace: Type.Optional(grace) },
  { additionalProperties: false }
)
export type DeleteTopicQuery = Static<typeof DeleteTopicQuerySchema>

/** What deleting a topic removes, and the objections to it. */
export const DeleteTopicPlanSchema = Type.Object(
  {
    ...TopicPlanSchema.properties,
    action: Type.Literal('delete'),
    lastWriteAt: Type.Union([TimestampSchema, Type.Null()], {
      description: 'Timestamp of the latest record; null if there is none, or if a warning says so'
    }),
    groups: Type.Array(TopicConsumerSchema),
    acls: Type.Optional(
      Type.Union([Type.Array(KeptAclSchema), Type.Null()], {
        description: 'ACLs that name the topic. Kafka keeps them; null: the cluster has no authorizer',
        examples: [null]
      })
    ),
    obstacles: Type.Array(ObstacleSchema, {
      description: 'Objections that refuse the call (409) unless it is forced',
      examples: [[]]
    })
  },
  { $id: 'DeleteTopicPlan', additionalProperties: false }
)
export type DeleteTopicPlan = Static<typeof DeleteTopicPlanSchema>

/** A scheduled deletion. The guards run again when it is due. */
export const TopicDeletionSchema = Type.Object(
  {
    id: Type.String({ examples: ['0f8fad5b-d9cb-469f-a165-70867728950e'] }),
    topic: TopicNameSchema,
    topicId: Type.Optional(
      Type.String({ description: 'Kafka’s id of the topic: a topic recreated under the name is spared' })
    ),
    status: Type.Enum(['scheduled', 'deleting', 'deleted', 'refused', 'failed', 'cancelled']),
    requestedBy: Type.String({ examples: ['alice'] }),
    reason: Type.Union([Type.String({ examples: ['not used any more'] }), Type.Null()]),
    force: Type.Boolean(),
    requestedAt: TimestampSchema,
    dueAt: TimestampSchema,
    endedAt: Type.Union([TimestampSchema, Type.Null()]),
    detail: Type.Union([Type.String(), Type.Null()], { description: 'Why the topic was not deleted' }),
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
      'Refused for protected topics, and, without force=true and a reason, for topics in use: those that group members read or that received records recently. With grace the deletion is scheduled and can be cancelled.',
    params: TopicParamsSchema,
    query: DeleteTopicQuerySchema,
    answers: {
      200: described(DeleteTopicPlanSchema, 'Deleted, or what would be lost (dryRun)'),
      202: described(TopicDeletionSchema, 'Scheduled')
    }
  },
  listTopicDeletions: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/deletions',
    role: 'viewer',
    filtersTopics: true,
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
    filtersTopics: true,
    tag: 'topics',
    summary: 'Show a scheduled or finished deletion',
    params: JobParamsSchema,
    query: NoQuerySchema,
    answers: { 200: TopicDeletionSchema }
  },
  cancelTopicDeletion: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/topics/deletions/{id}',
    role: 'operator',
    filtersTopics: true,
    audit: 'topic.cancel-deletion',
    tag: 'topics',
    summary: 'Cancel a scheduled deletion',
    params: JobParamsSchema,
    query: NoQuerySchema,
    answers: { 200: TopicDeletionSchema }
  }
} as const satisfies Record<string, Endpoint>
