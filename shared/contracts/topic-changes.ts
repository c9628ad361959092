import { type Static, Type } from 'typebox'
import { count, ObstacleSchema, TimestampSchema, TopicNameSchema, TopicParamsSchema, WarningSchema } from './common.ts'
import { described, type Endpoint } from './endpoint.ts'
import { ThrottleBytesPerSecSchema } from './reassignments.ts'

const brokers = Type.Array(Type.Integer(), { description: 'Broker ids, the preferred leader first' })
const dryRun = Type.Optional(Type.Boolean({ default: false, description: 'Return the plan without changing anything' }))
const waitingFor = Type.Optional(
  Type.Array(Type.String(), { description: 'The change is done; the reasons why not every broker has it yet (202)' })
)

export const AddPartitionsQuerySchema = Type.Object(
  {
    partitions: Type.Integer({
      minimum: 1,
      maximum: 10000,
      description: 'New total number of partitions',
      examples: [24]
    }),
    force: Type.Optional(
      Type.Boolean({ default: false, description: 'Add more than 100 partitions at once; needs a reason' })
    ),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
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
    movesBytes: Type.Union([count, Type.Null()], { description: 'Bytes copied between brokers; null if unknown' }),
    throttleBytesPerSec: Type.Union([ThrottleBytesPerSecSchema, Type.Null()]),
    estimatedSeconds: Type.Union([Type.Number(), Type.Null()], {
      description: 'Minimum duration with the throttle; null without one, or if a size is unknown'
    }),
    waitingFor,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'ReplicationFactorPlan', additionalProperties: false }
)
export type ReplicationFactorPlan = Static<typeof ReplicationFactorPlanSchema>

export const DeleteRecordsQuerySchema = Type.Object(
  {
    partition: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 9999, description: 'Only this partition; defaults to all' })
    ),
    beforeOffset: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'The first offset to keep in each affected partition'
      })
    ),
    beforeTime: Type.Optional({
      ...TimestampSchema,
      description: 'Deletes the records before the first one with this timestamp or a later one'
    }),
    dryRun,
    force: Type.Optional(
      Type.Boolean({ default: false, description: 'Proceed although the topic is in use; needs a reason' })
    ),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 }))
  },
  { additionalProperties: false }
)
export type DeleteRecordsQuery = Static<typeof DeleteRecordsQuerySchema>

export const TruncateQuerySchema = Type.Object(
  {
    dryRun,
    force: Type.Optional(
      Type.Boolean({ default: false, description: 'Proceed although the topic is in use; needs a reason' })
    ),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 }))
  },
  { additionalProperties: false }
)

export const RecordsPlanSchema = Type.Object(
  {
    action: Type.Enum(['delete-records', 'truncate']),
    topic: TopicNameSchema,
    dryRun: Type.Boolean(),
    applied: Type.Boolean({ description: 'Whether it succeeded in every partition; if not, check each' }),
    records: Type.Union([count, Type.Null()], { description: 'Maximum number of deleted records; null if unknown' }),
    partitions: Type.Array(
      Type.Object(
        {
          partition: count,
          logStartOffset: Type.Union([count, Type.Null()]),
          logEndOffset: Type.Union([count, Type.Null()]),
          newLogStartOffset: Type.Union([count, Type.Null()], { description: 'null: the partition is unchanged' }),
          records: Type.Union([count, Type.Null()]),
          applied: Type.Boolean(),
          detail: Type.Optional(Type.String({ description: 'Why it is unchanged, or why it failed' }))
        },
        { additionalProperties: false }
      )
    ),
    skipped: Type.Array(
      Type.Object({ group: Type.String(), partition: count, records: count }, { additionalProperties: false }),
      { examples: [[]], description: 'Records that groups have not read and will lose' }
    ),
    obstacles: Type.Array(ObstacleSchema, {
      description: 'Objections that refuse the call (409) unless it is forced',
      examples: [[]]
    }),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'RecordsPlan', additionalProperties: false }
)
export type RecordsPlan = Static<typeof RecordsPlanSchema>

const recordAnswers = {
  200: described(RecordsPlanSchema, 'Done, or what the call would do (dryRun)'),
  207: described(RecordsPlanSchema, 'Not done in every partition: each has the reason')
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
      200: described(AddPartitionsPlanSchema, 'Done, or what the call would do (dryRun)'),
      202: described(AddPartitionsPlanSchema, 'Done; waitingFor has what is missing')
    }
  },
  setReplicationFactor: {
    service: 'admin',
    method: 'PUT',
    path: '/api/topics/{topicName}/replication-factor',
    role: 'admin',
    wholeCluster: true,
    audit: 'topic.change-replication-factor',
    tag: 'topics',
    summary: 'Change the replication factor of a topic',
    description:
      'Existing replicas stay; new ones go to racks that have none of the partition yet. Answers once they are in sync, or 202 while Kafka is still copying: GET /api/reassignments then shows the progress. The throttle is removed once everything is copied.',
    params: TopicParamsSchema,
    query: ReplicationFactorQuerySchema,
    answers: {
      200: described(ReplicationFactorPlanSchema, 'Done, or what the call would do (dryRun)'),
      202: described(ReplicationFactorPlanSchema, 'Kafka is copying; waitingFor has what is missing'),
      207: described(ReplicationFactorPlanSchema, 'Kafka refused some partitions; warnings name them')
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
    description: 'Requires beforeOffset or beforeTime. The plan names the groups that would lose unread records.',
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
    description: 'The guards of a topic deletion apply.',
    params: TopicParamsSchema,
    query: TruncateQuerySchema,
    answers: recordAnswers
  }
} as const satisfies Record<string, Endpoint>
