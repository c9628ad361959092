import { type Static, Type } from 'typebox'
import { TopicNameSchema } from './common.ts'

/**
 * A configuration value. Kafka's strings are limited to 32,767 bytes, and its refusal repeats the value: if that does
 * not fit, the broker closes the connection.
 */
export const ConfigValueSchema = Type.String({ maxLength: 8000 })
/** Limits a record of configurations. Kafka has fewer than 40 for a topic. */
export const configNames = { propertyNames: { maxLength: 249 }, maxProperties: 100 }

/** Topic configuration overrides by Kafka's names, with values as strings. */
export const TopicConfigsSchema = Type.Record(Type.String(), ConfigValueSchema, {
  ...configNames,
  examples: [{ 'retention.ms': '604800000', 'compression.type': 'snappy' }]
})
export type TopicConfigs = Static<typeof TopicConfigsSchema>

export const partitionCount = Type.Integer({ minimum: 1, maximum: 10000, examples: [12] })
export const replicationFactor = Type.Integer({ minimum: 1, maximum: 100, examples: [3] })

/** Of requests that may create very many partitions. */
export const confirmation = {
  force: Type.Optional(
    Type.Boolean({ default: false, description: 'Create more than 3,000 partition replicas at once; needs a reason' })
  ),
  reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'Reason, kept in the audit trail' }))
}

/** The desired state of a topic: the same shape in `POST /api/topics` and in a catalog. */
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

/** Replicas by partition: broker ids, the preferred leader first. Every partition has the same number. */
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

export const newTopicExamples = [
  { name: 'log-events', partitions: 12, replicationFactor: 3, configs: { 'retention.ms': '604800000' } },
  {
    name: 'log-events',
    assignment: [
      [1, 2, 3],
      [2, 3, 1]
    ]
  }
]

/** A topic to create: with partitions and replicationFactor, or with an assignment that implies both. */
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
