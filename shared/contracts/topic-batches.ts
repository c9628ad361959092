import { type Static, Type } from 'typebox'
import { DryRunQuerySchema, TopicNameSchema, WarningSchema } from './common.ts'
import { described, type Endpoint } from './endpoint.ts'
import { confirmation, NewTopicSchema } from './topic-specs.ts'

/** `POST /api/topics/batch`: all or none, as far as Kafka can validate in advance. */
export const TopicBatchSchema = Type.Object(
  { topics: Type.Array(NewTopicSchema, { minItems: 1, maxItems: 1000 }) },
  {
    $id: 'TopicBatch',
    additionalProperties: false,
    examples: [
      {
        topics: [
          { name: 'log-events', partitions: 12, replicationFactor: 3 },
          { name: 'log-alerts', partitions: 3, replicationFactor: 3 }
        ]
      }
    ]
  }
)
export type TopicBatch = Static<typeof TopicBatchSchema>

export const CreateTopicsQuerySchema = Type.Object(
  { ...DryRunQuerySchema.properties, ...confirmation },
  { additionalProperties: false }
)

export const TopicBatchResultSchema = Type.Object(
  {
    action: Type.Literal('create'),
    dryRun: Type.Boolean(),
    topics: Type.Array(
      Type.Object(
        {
          name: TopicNameSchema,
          outcome: Type.Enum(['planned', 'created', 'waiting', 'refused', 'unknown'], {
            description:
              'waiting: it exists but is not usable on every broker yet; unknown: Kafka did not answer in time, check before retrying'
          }),
          detail: Type.Optional(Type.String())
        },
        { additionalProperties: false }
      )
    ),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'TopicBatchResult', additionalProperties: false }
)
export type TopicBatchResult = Static<typeof TopicBatchResultSchema>

export const topicBatchEndpoints = {
  createTopics: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics/batch',
    role: 'operator',
    audit: 'topic.create-many',
    tag: 'topics',
    summary: 'Create many topics at once',
    description: 'Validates all topics before it creates the first: if one is invalid, none is created.',
    query: CreateTopicsQuerySchema,
    body: TopicBatchSchema,
    answers: {
      200: described(TopicBatchResultSchema, 'What the call would do (dryRun)'),
      201: described(TopicBatchResultSchema, 'All topics exist and have their leaders'),
      202: described(TopicBatchResultSchema, 'All topics exist; some are waiting for their leaders'),
      207: described(TopicBatchResultSchema, 'Not all topics were created: each has its outcome')
    }
  }
} as const satisfies Record<string, Endpoint>
