import { type Static, Type } from 'typebox'
import { TimestampSchema, TopicNameSchema, UnknownReasonSchema, WarningSchema } from './common.ts'

const count = Type.Integer({ minimum: 0 })
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

export const TopicSortSchema = Type.Enum(['name', 'size', 'partitions'])
export type TopicSort = Static<typeof TopicSortSchema>

export const TopicListQuerySchema = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 249, description: 'Only topics whose name contains this' })),
    internal: Type.Optional(Type.Boolean({ default: false, description: 'Include internal topics' })),
    trouble: Type.Optional(
      Type.Enum(['any', 'offline', 'under_replicated'], {
        description:
          'Only topics with partitions in this trouble, internal ones too. health-service knows those under min-ISR: ' +
          '`GET /api/health/topics`'
      })
    ),
    sort: Type.Optional({ ...TopicSortSchema, default: 'name', description: 'Topics that are equal are by name' }),
    order: Type.Optional(Type.Enum(['asc', 'desc'], { default: 'asc' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10000, default: 1000 })),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: 'nextCursor of the page before' }))
  },
  { additionalProperties: false }
)
export type TopicListQuery = Static<typeof TopicListQuerySchema>

export const TopicListSchema = Type.Object(
  {
    topics: Type.Array(TopicSummarySchema),
    nextCursor: Type.Optional(Type.String()),
    asOf: Type.String({ format: 'date-time', description: 'When the reading began: at most 2 s ago' }),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'TopicList', additionalProperties: false }
)
export type TopicList = Static<typeof TopicListSchema>

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
      description: 'null when they cannot be read, as while the metadata quorum is away; warnings say why'
    }),
    sizeBytes,
    sizeReason,
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'TopicDetail', additionalProperties: false }
)
export type TopicDetail = Static<typeof TopicDetailSchema>

/**
 * A value of a configuration. Kafka's strings end at 32,767 bytes, and its refusal repeats the value: what does not fit there
 * is answered by a connection that closes.
 */
export const ConfigValueSchema = Type.String({ maxLength: 8000 })
/** Bounds the names of a record of configurations. */
export const configNames = { propertyNames: { maxLength: 249 } }

/** Topic configuration overrides: Kafka's names, values as strings. */
export const TopicConfigsSchema = Type.Record(Type.String(), ConfigValueSchema, {
  ...configNames,
  examples: [{ 'retention.ms': '604800000', 'compression.type': 'snappy' }]
})
export type TopicConfigs = Static<typeof TopicConfigsSchema>

const partitionCount = Type.Integer({ minimum: 1, maximum: 10000, examples: [12] })
const replicationFactor = Type.Integer({ minimum: 1, maximum: 100, examples: [3] })

/** What a topic should be: the same shape in `POST /api/topics` and in a catalog. */
export const TopicSpecSchema = Type.Object(
  {
    name: TopicNameSchema,
    partitions: partitionCount,
    replicationFactor,
    configs: Type.Optional(TopicConfigsSchema)
  },
  { $id: 'TopicSpec', additionalProperties: false }
)
export type TopicSpec = Static<typeof TopicSpecSchema>

/** Replicas by partition: broker ids, the preferred leader first. Every partition has equally many. */
export const AssignmentSchema = Type.Array(
  Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1, maxItems: 100, uniqueItems: true }),
  {
    minItems: 1,
    maxItems: 10000,
    description: 'Broker ids for each partition, the preferred leader first',
    examples: [
      [
        [1, 2],
        [2, 3]
      ]
    ]
  }
)
export type Assignment = Static<typeof AssignmentSchema>

const newTopicExamples = [
  { name: 'log-events', partitions: 12, replicationFactor: 3, configs: { 'retention.ms': '604800000' } },
  {
    name: 'log-events',
    assignment: [
      [1, 2, 3],
      [2, 3, 1]
    ]
  }
]

/** A topic to be made: with partitions and replicationFactor, or with an assignment that tells both. */
export const NewTopicSchema = Type.Object(
  {
    name: TopicNameSchema,
    partitions: Type.Optional(partitionCount),
    replicationFactor: Type.Optional(replicationFactor),
    assignment: Type.Optional(AssignmentSchema),
    configs: Type.Optional(TopicConfigsSchema)
  },
  {
    $id: 'NewTopic',
    additionalProperties: false,
    examples: newTopicExamples
  }
)
export type NewTopic = Static<typeof NewTopicSchema>

const eitherName = {
  name: Type.Optional(TopicNameSchema),
  topicName: Type.Optional({ ...TopicNameSchema, description: 'The same as name' })
}

/** The body of `POST /api/topics`: a new topic, which may be named by `topicName` as in the query. */
export const CreateTopicBodySchema = Type.Object(
  { ...NewTopicSchema.properties, ...eitherName },
  { $id: 'CreateTopicBody', additionalProperties: false, examples: newTopicExamples }
)
export type CreateTopicBody = Static<typeof CreateTopicBodySchema>

/** `POST /api/topics?topicName=…&partitions=…&replicationFactor=…`; a JSON body takes the place of the first three. */
export const CreateTopicQuerySchema = Type.Object(
  {
    ...eitherName,
    partitions: Type.Optional(partitionCount),
    replicationFactor: Type.Optional(replicationFactor),
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan, change nothing' }))
  },
  { additionalProperties: false }
)
export type CreateTopicQuery = Static<typeof CreateTopicQuerySchema>

export const DryRunQuerySchema = Type.Object(
  { dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan, change nothing' })) },
  { additionalProperties: false }
)
export type DryRunQuery = Static<typeof DryRunQuerySchema>

/** What a change to a topic will do, or did: a dry run returns the same plan that the real call carries out. */
export const TopicPlanSchema = Type.Object(
  {
    action: Type.Enum(['create', 'delete']),
    topic: TopicSpecSchema,
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    assignment: Type.Optional(AssignmentSchema),
    waitingFor: Type.Optional(
      Type.Array(Type.String(), { description: 'The topic exists; why it is not usable on every broker yet (202)' })
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
