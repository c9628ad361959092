import { type Static, Type } from 'typebox'
import {
  count,
  TimestampSchema,
  TopicNameSchema,
  TopicParamsSchema,
  UnknownReasonSchema,
  WarningSchema
} from './common.ts'
import { described, type Endpoint, NoQuerySchema, optionalBody } from './endpoint.ts'
import {
  AssignmentSchema,
  confirmation,
  NewTopicSchema,
  newTopicExamples,
  partitionCount,
  replicationFactor,
  TopicSpecSchema
} from './topic-specs.ts'

const offset = Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])
const sizeBytes = Type.Union([count, Type.Null()], {
  description: 'Bytes on the disks of all replicas; null, with sizeReason, while one of their brokers does not report'
})
const sizeReason = Type.Optional(UnknownReasonSchema)

export const TopicSummarySchema = Type.Object(
  {
    name: TopicNameSchema,
    internal: Type.Boolean(),
    partitions: count,
    replicas: Type.Integer({ minimum: 0, description: 'Replicas of all its partitions' }),
    replicationFactor: count,
    underReplicated: Type.Integer({
      minimum: 0,
      description: 'Partitions whose ISR is smaller than their replica set'
    }),
    offline: Type.Integer({ minimum: 0, description: 'Partitions without a leader' }),
    sizeBytes,
    sizeReason
  },
  { $id: 'TopicSummary', additionalProperties: false }
)
export type TopicSummary = Static<typeof TopicSummarySchema>

export const TopicSortSchema = Type.Enum(['name', 'size', 'partitions', 'trouble'])
export type TopicSort = Static<typeof TopicSortSchema>

export const TopicListQuerySchema = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 249, description: 'Only topics whose name contains this' })),
    internal: Type.Optional(Type.Boolean({ default: false, description: 'Include internal topics' })),
    trouble: Type.Optional(
      Type.Enum(['any', 'offline', 'under_replicated'], {
        description:
          'Only topics with partitions in this trouble, including internal ones. health-service knows those under min-ISR: ' +
          '`GET /api/health/topics`'
      })
    ),
    sort: Type.Optional({
      ...TopicSortSchema,
      default: 'name',
      description:
        'trouble: by partitions without a leader, then by those that are under-replicated. Ties are ordered by name'
    }),
    order: Type.Optional(Type.Enum(['asc', 'desc'], { default: 'asc' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10000, default: 1000 })),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: 'nextCursor of the previous page' }))
  },
  { additionalProperties: false }
)
export type TopicListQuery = Static<typeof TopicListQuerySchema>

export const TopicListSchema = Type.Object(
  {
    topics: Type.Array(TopicSummarySchema),
    total: Type.Integer({ minimum: 0, description: 'Topics that match, on all pages' }),
    nextCursor: Type.Optional(Type.String()),
    asOf: Type.String({ format: 'date-time', description: 'Start of the reading, at most 2 s ago' }),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'TopicList', additionalProperties: false }
)
export type TopicList = Static<typeof TopicListSchema>

export const TopicNameListQuerySchema = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 249, description: 'Only topics whose name contains this' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10000, default: 10000 }))
  },
  { additionalProperties: false }
)
export type TopicNameListQuery = Static<typeof TopicNameListQuerySchema>

export const TopicNameListSchema = Type.Object(
  {
    names: Type.Array(TopicNameSchema, {
      description: 'Internal topics included; those that begin with the asked-for text come first'
    }),
    total: Type.Integer({ minimum: 0, description: 'Topics that match' }),
    asOf: TimestampSchema
  },
  { $id: 'TopicNameList', additionalProperties: false }
)
export type TopicNameList = Static<typeof TopicNameListSchema>

export const PartitionSchema = Type.Object(
  {
    partition: count,
    leader: Type.Union([Type.Integer(), Type.Null()], { description: 'Broker id; null when the partition is offline' }),
    leaderEpoch: Type.Union([Type.Integer(), Type.Null()]),
    replicas: Type.Array(Type.Integer(), { description: 'Broker ids, the preferred leader first' }),
    isr: Type.Array(Type.Integer()),
    offlineReplicas: Type.Array(Type.Integer()),
    logStartOffset: offset,
    logEndOffset: offset,
    offsetsReason: Type.Optional(UnknownReasonSchema),
    sizeBytes,
    sizeReason
  },
  { $id: 'Partition', additionalProperties: false }
)
export type Partition = Static<typeof PartitionSchema>

export const ConfigEntrySchema = Type.Object(
  {
    name: Type.String({ examples: ['retention.ms'] }),
    value: Type.Union([Type.String({ examples: ['604800000'] }), Type.Null()], { description: 'null when sensitive' }),
    source: Type.String({ examples: ['dynamic_topic', 'static_broker', 'default'] }),
    readOnly: Type.Boolean(),
    sensitive: Type.Boolean()
  },
  { $id: 'ConfigEntry', additionalProperties: false }
)
export type ConfigEntry = Static<typeof ConfigEntrySchema>

export const TopicDetailSchema = Type.Object(
  {
    name: TopicNameSchema,
    internal: Type.Boolean(),
    replicationFactor: count,
    partitions: Type.Array(PartitionSchema),
    configs: Type.Union([Type.Array(ConfigEntrySchema), Type.Null()], {
      description: 'null if they cannot be read, for example without a metadata quorum; warnings have the reason'
    }),
    sizeBytes,
    sizeReason,
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'TopicDetail', additionalProperties: false }
)
export type TopicDetail = Static<typeof TopicDetailSchema>

const eitherName = {
  name: Type.Optional(TopicNameSchema),
  topicName: Type.Optional({ ...TopicNameSchema, description: 'The same as name' })
}

/** The body of `POST /api/topics`: a new topic, whose name may also be given as `topicName`, as in the query. */
export const CreateTopicBodySchema = Type.Object(
  { ...NewTopicSchema.properties, ...eitherName },
  { $id: 'CreateTopicBody', additionalProperties: false, examples: newTopicExamples }
)
export type CreateTopicBody = Static<typeof CreateTopicBodySchema>

/** `POST /api/topics?topicName=…&partitions=…&replicationFactor=…`; a JSON body replaces the first three. */
export const CreateTopicQuerySchema = Type.Object(
  {
    ...eitherName,
    partitions: Type.Optional(partitionCount),
    replicationFactor: Type.Optional(replicationFactor),
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan without changing anything' })),
    ...confirmation
  },
  { additionalProperties: false }
)
export type CreateTopicQuery = Static<typeof CreateTopicQuerySchema>

/** The effect of a change to a topic: a dry run returns the same plan that the real call carries out. */
export const TopicPlanSchema = Type.Object(
  {
    action: Type.Enum(['create', 'delete']),
    topic: TopicSpecSchema,
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    assignment: Type.Optional(AssignmentSchema),
    waitingFor: Type.Optional(
      Type.Array(Type.String(), {
        description: 'The topic exists; the reasons why it is not usable on every broker yet (202)'
      })
    ),
    records: Type.Optional(
      Type.Union([count, Type.Null()], { description: 'Records that a deletion removes (end minus start offsets)' })
    ),
    sizeBytes: Type.Optional(sizeBytes),
    sizeReason,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'TopicPlan', additionalProperties: false }
)
export type TopicPlan = Static<typeof TopicPlanSchema>

/** Whether every live broker names the same leader for each partition of a topic. */
export const TopicReadinessSchema = Type.Object(
  {
    topic: TopicNameSchema,
    ready: Type.Boolean(),
    waitingFor: Type.Array(Type.String(), { examples: [[]] }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'TopicReadiness', additionalProperties: false }
)
export type TopicReadiness = Static<typeof TopicReadinessSchema>

export const topicEndpoints = {
  listTopics: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics',
    role: 'viewer',
    filtersTopics: true,
    tag: 'topics',
    summary: 'List topics',
    description:
      'Sorted by name, size, partitions or trouble. Answers from one reading of all brokers, at most 2 s old.',
    query: TopicListQuerySchema,
    answers: { 200: TopicListSchema }
  },
  listTopicNames: {
    service: 'admin',
    method: 'GET',
    path: '/api/topic-names',
    role: 'viewer',
    filtersTopics: true,
    tag: 'topics',
    summary: 'List the names of topics, for what completes them',
    query: TopicNameListQuerySchema,
    answers: { 200: TopicNameListSchema }
  },
  describeTopic: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/{topicName}',
    role: 'viewer',
    tag: 'topics',
    summary: 'Describe a topic: partitions, configuration, sizes',
    params: TopicParamsSchema,
    query: NoQuerySchema,
    answers: { 200: TopicDetailSchema }
  },
  createTopic: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics',
    role: 'operator',
    audit: 'topic.create',
    tag: 'topics',
    summary: 'Create a topic',
    description:
      'Takes the topic from the query or a JSON body; both accept its name as name or topicName. Answers 201 once every broker names a leader for each partition, or 202 with a link if that takes more than 10 s.',
    query: CreateTopicQuerySchema,
    body: optionalBody(CreateTopicBodySchema),
    answers: {
      200: described(TopicPlanSchema, 'What the call would do (dryRun)'),
      201: described(TopicPlanSchema, 'The topic exists and has its leaders'),
      202: described(TopicPlanSchema, 'The topic exists; waitingFor has what is missing')
    }
  },
  topicReadiness: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/{topicName}/readiness',
    role: 'viewer',
    tag: 'topics',
    summary: 'Show whether all brokers agree on the leaders of a topic',
    params: TopicParamsSchema,
    query: NoQuerySchema,
    answers: { 200: TopicReadinessSchema }
  }
} as const satisfies Record<string, Endpoint>
