import { type Static, type TSchema, Type } from 'typebox'
import { count, TimestampSchema, TopicNameSchema, WarningSchema } from './common.ts'
import { type Endpoint, NoQuerySchema } from './endpoint.ts'
import { BrowseQuerySchema, MessagePageSchema, MessageSchema } from './messages.ts'

const partition = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const offset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const orNull = <T extends TSchema>(schema: T, description: string) => Type.Union([schema, Type.Null()], { description })

/** Path of one queue. */
export const QueueParamsSchema = Type.Object(
  { topicName: { ...TopicNameSchema, examples: ['orders.dlq'] } },
  { additionalProperties: false }
)

/** A topic of dead letters. */
export const DeadLetterQueueSchema = Type.Object(
  {
    topic: TopicNameSchema,
    originTopic: orNull(
      TopicNameSchema,
      'By its name: the topic whose name is left without what KOPS_DEAD_LETTER_QUEUES adds, if there is one. The letters say it for certain'
    ),
    partitions: count,
    letters: orNull(count, 'Offsets between the start and the end of the log; null if a partition could not be read'),
    undecided: orNull(count, 'Of these, neither replayed nor discarded'),
    unconfirmed: orNull(count, 'Of the undecided, those whose replay was interrupted: they may have been written'),
    lastHour: orNull(
      count,
      'Letters with a timestamp of the last hour. Many systems keep the timestamp of the original record'
    ),
    oldestUndecidedAt: orNull(
      TimestampSchema,
      'Timestamp of the oldest undecided letter; null if there is none, or it is not known'
    )
  },
  { $id: 'DeadLetterQueue', additionalProperties: false }
)
export type DeadLetterQueue = Static<typeof DeadLetterQueueSchema>

export const DeadLetterQueueListSchema = Type.Object(
  {
    queues: Type.Array(DeadLetterQueueSchema),
    patterns: Type.String({
      description: 'The globs that make a topic a queue (KOPS_DEAD_LETTER_QUEUES)',
      examples: ['*.dlq,*-dlt']
    }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'DeadLetterQueueList', additionalProperties: false }
)
export type DeadLetterQueueList = Static<typeof DeadLetterQueueListSchema>

const status = ['undecided', 'unconfirmed', 'replayed', 'discarded'] as const
export const LetterStatusSchema = Type.Enum([...status], {
  description:
    'unconfirmed: its replay began and nothing confirms its end, so it may have been written; unless a replay is under way, it was interrupted'
})
export type LetterStatus = Static<typeof LetterStatusSchema>

const text = Type.String()
/** What a letter's headers say, whoever wrote them; null: they do not. */
export const DeadLetterOriginSchema = Type.Object(
  {
    format: orNull(
      Type.Enum(['share-group', 'streams', 'connect', 'spring', 'spring-retry', 'spring-cloud', 'smallrye']),
      'Who wrote the headers; null: none that kops knows. share-group: KIP-1191, which kops writes too'
    ),
    topic: orNull(TopicNameSchema, 'Where the original record is, or was'),
    partition: orNull(partition, 'Its partition'),
    offset: orNull(offset, 'Its offset'),
    timestamp: orNull(TimestampSchema, 'Its timestamp'),
    group: orNull(text, 'The consumer group that failed'),
    connector: orNull(text, 'The connector of Kafka Connect that failed'),
    task: orNull(count, 'Its task'),
    stage: orNull(text, 'Where in Kafka Connect it failed, such as VALUE_CONVERTER'),
    errorClass: orNull(text, 'What was thrown'),
    message: orNull(text, 'Its message'),
    deliveries: orNull(count, 'How often the application tried'),
    replays: Type.Integer({ minimum: 0, description: 'How often kops had replayed the record before it died again' })
  },
  { $id: 'DeadLetterOrigin', additionalProperties: false }
)
export type DeadLetterOrigin = Static<typeof DeadLetterOriginSchema>

export const LetterSchema = Type.Object(
  {
    ...MessageSchema.properties,
    status: LetterStatusSchema,
    decidedAt: orNull(TimestampSchema, 'When that was decided; null: it is not'),
    decidedBy: orNull(text, 'Who did'),
    decidedBecause: orNull(text, 'The reason given'),
    origin: DeadLetterOriginSchema
  },
  { $id: 'DeadLetter', additionalProperties: false }
)
export type Letter = Static<typeof LetterSchema>

export const errorFilter = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'Only letters whose error class or message contains this',
  examples: ['SerializationException']
})
export const originFilter = { ...TopicNameSchema, description: 'Only letters of this topic, by their headers' }

const { from: _from, ...browsing } = BrowseQuerySchema.properties
export const LetterQuerySchema = Type.Object(
  {
    status: Type.Optional(
      Type.Enum([...status, 'all'], { default: 'undecided', description: 'undecided includes unconfirmed ones' })
    ),
    originTopic: Type.Optional(originFilter),
    error: Type.Optional(errorFilter),
    from: Type.Optional(
      Type.Enum(['earliest', 'latest', 'offset', 'timestamp'], {
        default: 'earliest',
        description: 'latest: newest first; the others read forwards'
      })
    ),
    ...browsing
  },
  { additionalProperties: false, examples: [{ limit: 10 }] }
)
export type LetterQuery = Static<typeof LetterQuerySchema>

const { messages: _messages, ...page } = MessagePageSchema.properties
export const LetterPageSchema = Type.Object(
  { ...page, letters: Type.Array(LetterSchema) },
  { $id: 'DeadLetterPage', additionalProperties: false }
)
export type LetterPage = Static<typeof LetterPageSchema>

export const deadLetterEndpoints = {
  listDeadLetterQueues: {
    service: 'admin',
    method: 'GET',
    path: '/api/dead-letters',
    role: 'viewer',
    filtersTopics: true,
    tag: 'dead letters',
    summary: 'List the dead-letter queues',
    description:
      'The topics whose names match KOPS_DEAD_LETTER_QUEUES, with their depth, their growth and the age of what nobody has decided on. health-service has the same as metrics.',
    query: NoQuerySchema,
    answers: { 200: DeadLetterQueueListSchema }
  },
  readDeadLetters: {
    service: 'admin',
    method: 'GET',
    path: '/api/dead-letters/{topicName}/letters',
    role: 'reader',
    tag: 'dead letters',
    summary: 'Read the letters of a queue',
    description:
      'Each with where it comes from and why it died, as its headers say (Kafka, Kafka Streams, Kafka Connect, Spring, SmallRye), and what was decided on it. Masked and limited like messages; masking rules of the original topic apply, too.',
    params: QueueParamsSchema,
    query: LetterQuerySchema,
    answers: { 200: LetterPageSchema }
  }
} as const satisfies Record<string, Endpoint>
