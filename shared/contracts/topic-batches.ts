import { type Static, Type } from 'typebox'
import { DryRunQuerySchema, TopicNameSchema, WarningSchema } from './common.ts'
import { described, type Endpoint } from './endpoint.ts'
import { NewTopicSchema } from './topic-specs.ts'

/** `POST /api/topics/batch`: all or none, as far as Kafka can tell before. */
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
              'waiting: it exists and is not usable on every broker yet; unknown: Kafka has not said in time, look before trying again'
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
    description: 'All are validated before the first is made: when one cannot be, none is.',
    query: DryRunQuerySchema,
    body: TopicBatchSchema,
    answers: {
      200: described(TopicBatchResultSchema, 'What would be done (dryRun)'),
      201: described(TopicBatchResultSchema, 'All topics exist and have their leaders'),
      202: described(TopicBatchResultSchema, 'All topics exist; some wait for their leaders'),
      207: described(TopicBatchResultSchema, 'Not all topics were made: each says what became of it')
    }
  }
} as const satisfies Record<string, Endpoint>
