import { type Static, Type } from 'typebox'
import { count, ObstacleSchema, TimestampSchema, TopicNameSchema, TopicParamsSchema, WarningSchema } from './common.ts'
import { described, type Endpoint } from './endpoint.ts'
import { ThrottleBytesPerSecSchema } from './reassignments.ts'

const brokers = Type.Array(Type.Integer(), { description: 'Broker ids, the preferred leader first' })
const dryRun = Type.Optional(Type.Boolean({ default: false, description: 'Return the plan, change nothing' }))
const waitingFor = Type.Optional(
  Type.Array(Type.String(), { description: 'It is done; why not every broker has it yet (202)' })
)

export const AddPartitionsQuerySchema = Type.Object(
  {
    partitions: Type.Integer({
      minimum: 1,
      maximum: 10000,
      description: 'How many it is to have in all',
      examples: [24]
    }),
    dryRun
  },
  { additionalProperties: false }
)

export const AddPartitionsPlanSchema = Type.Object(
  {
    action: Type.Literal('add-partitions'),
    topic: TopicNameSchema,
    before: count,
    after: count,
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    waitingFor,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'AddPartitionsPlan', additionalProperties: false }
)
export type AddPartitionsPlan = Static<typeof AddPartitionsPlanSchema>

export const ReplicationFactorQuerySchema = Type.Object(
  {
    replicationFactor: Type.Integer({ minimum: 1, maximum: 100, examples: [3] }),
    throttleBytesPerSec: Type.Optional(ThrottleBytesPerSecSchema),
    dryRun
  },
  { additionalProperties: false }
)

export const ReplicationFactorPlanSchema = Type.Object(
  {
    action: Type.Literal('change-replication-factor'),
    topic: TopicNameSchema,
    before: count,
    after: count,
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    partitions: Type.Array(
      Type.Object(
        {
          partition: count,
          before: brokers,
          after: brokers,
          racks: Type.Array(Type.Union([Type.String({ examples: ['rack-a'] }), Type.Null()]), {
            description: 'Of `after`, in its order'
          })
        },
        { additionalProperties: false }
      ),
      { description: 'Partitions whose replicas change' }
    ),
    movesBytes: Type.Union([count, Type.Null()], { description: 'Copied between brokers; null when not known' }),
    throttleBytesPerSec: Type.Union([ThrottleBytesPerSecSchema, Type.Null()]),
    estimatedSeconds: Type.Union([Type.Number(), Type.Null()], {
      description: 'How long the throttle makes it take at least; null without one, or when a size is not known'
    }),
    waitingFor,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'ReplicationFactorPlan', additionalProperties: false }
)
export type ReplicationFactorPlan = Static<typeof ReplicationFactorPlanSchema>

export const DeleteRecordsQuerySchema = Type.Object(
  {
    partition: Type.Optional(Type.Integer({ minimum: 0, maximum: 9999, description: 'Only of this one; else of all' })),
    beforeOffset: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'The first offset that stays, in each partition meant'
      })
    ),
    beforeTime: Type.Optional({
      ...TimestampSchema,
      description: 'Records that stand before the first one of this time or later go'
    }),
    dryRun,
    force: Type.Optional(Type.Boolean({ default: false, description: 'Although the topic is in use; needs a reason' })),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 }))
  },
  { additionalProperties: false }
)
export type DeleteRecordsQuery = Static<typeof DeleteRecordsQuerySchema>

export const TruncateQuerySchema = Type.Object(
  {
    dryRun,
    force: Type.Optional(Type.Boolean({ default: false, description: 'Although the topic is in use; needs a reason' })),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 }))
  },
  { additionalProperties: false }
)

export const RecordsPlanSchema = Type.Object(
  {
    action: Type.Enum(['delete-records', 'truncate']),
    topic: TopicNameSchema,
    dryRun: Type.Boolean(),
    applied: Type.Boolean({ description: 'In every partition; else look at each' }),
    records: Type.Union([count, Type.Null()], { description: 'At most this many go; null when not known' }),
    partitions: Type.Array(
      Type.Object(
        {
          partition: count,
          logStartOffset: Type.Union([count, Type.Null()]),
          logEndOffset: Type.Union([count, Type.Null()]),
          newLogStartOffset: Type.Union([count, Type.Null()], { description: 'null: the partition is left alone' }),
          records: Type.Union([count, Type.Null()]),
          applied: Type.Boolean(),
          detail: Type.Optional(Type.String({ description: 'Why it is left alone, or why it failed' }))
        },
        { additionalProperties: false }
      )
    ),
    skipped: Type.Array(
      Type.Object({ group: Type.String(), partition: count, records: count }, { additionalProperties: false }),
      { examples: [[]], description: 'What groups have not read yet and will not read any more' }
    ),
    obstacles: Type.Array(ObstacleSchema, {
      description: 'What refuses the call (409) unless it is forced',
      examples: [[]]
    }),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'RecordsPlan', additionalProperties: false }
)
export type RecordsPlan = Static<typeof RecordsPlanSchema>

const recordAnswers = {
  200: described(RecordsPlanSchema, 'Done; or what would be done (dryRun)'),
  207: described(RecordsPlanSchema, 'Not done in every partition: each says why')
}

export const topicChangeEndpoints = {
  addPartitions: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics/{topicName}/partitions',
    role: 'operator',
    audit: 'topic.add-partitions',
    tag: 'topics',
    summary: 'Give a topic more partitions',
    params: TopicParamsSchema,
    query: AddPartitionsQuerySchema,
    answers: {
      200: described(AddPartitionsPlanSchema, 'Done; or what would be done (dryRun)'),
      202: described(AddPartitionsPlanSchema, 'Done; waitingFor says what is missing')
    }
  },
  setReplicationFactor: {
    service: 'admin',
    method: 'PUT',
    path: '/api/topics/{topicName}/replication-factor',
    role: 'admin',
    audit: 'topic.change-replication-factor',
    tag: 'topics',
    summary: 'Change how many replicas each partition has',
    description:
      'Replicas that are there stay; new ones go to racks that a partition is not on yet. Answers when they are in sync, or ' +
      '202 while Kafka still copies: GET /api/reassignments then shows how far it is. A throttle goes when all is copied.',
    params: TopicParamsSchema,
    query: ReplicationFactorQuerySchema,
    answers: {
      200: described(ReplicationFactorPlanSchema, 'Done; or what would be done (dryRun)'),
      202: described(ReplicationFactorPlanSchema, 'Kafka copies; waitingFor says what is missing'),
      207: described(ReplicationFactorPlanSchema, 'Kafka refused some partitions: warnings say which')
    }
  },
  deleteRecords: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/topics/{topicName}/records',
    role: 'admin',
    audit: 'topic.delete-records',
    tag: 'topics',
    summary: 'Delete the records before an offset or a time',
    description: 'Give beforeOffset or beforeTime. The plan names the groups that have not read what goes.',
    params: TopicParamsSchema,
    query: DeleteRecordsQuerySchema,
    answers: recordAnswers
  },
  truncateTopic: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics/{topicName}/truncate',
    role: 'admin',
    audit: 'topic.truncate',
    tag: 'topics',
    summary: 'Delete all records of a topic',
    description: 'Guarded as the deletion of the topic is.',
    params: TopicParamsSchema,
    query: TruncateQuerySchema,
    answers: recordAnswers
  }
} as const satisfies Record<string, Endpoint>
