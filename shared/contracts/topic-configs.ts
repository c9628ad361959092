import { type Static, Type } from 'typebox'
import { DryRunQuerySchema, TimestampSchema, TopicNameSchema, TopicParamsSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'
import { ConfigValueSchema, configNames } from './topic-specs.ts'

const value = Type.Union([Type.String({ examples: ['604800000'] }), Type.Null()], {
  description: 'null when sensitive'
})
const source = Type.String({
  description: 'dynamic_topic is an override of this topic; the others are inherited',
  examples: ['dynamic_topic', 'dynamic_broker', 'dynamic_default_broker', 'static_broker', 'default']
})

export const TopicConfigEntrySchema = Type.Object(
  {
    name: Type.String({ examples: ['retention.ms'] }),
    value,
    source,
    overridden: Type.Boolean({ description: 'Set on the topic itself' }),
    default: Type.Union([Type.String({ examples: ['604800000'] }), Type.Null()], {
      description: 'The value without the override; null if it is sensitive or there is none'
    }),
    readOnly: Type.Boolean(),
    sensitive: Type.Boolean(),
    synonyms: Type.Array(
      Type.Object(
        { name: Type.String({ examples: ['retention.ms'] }), value, source },
        { additionalProperties: false }
      ),
      {
        description: 'Possible sources of the value, the effective one first'
      }
    )
  },
  { $id: 'TopicConfigEntry', additionalProperties: false }
)
export type TopicConfigEntry = Static<typeof TopicConfigEntrySchema>

export const TopicConfigListQuerySchema = Type.Object(
  {
    overridden: Type.Optional(Type.Boolean({ description: 'true: only overrides; false: only inherited settings' }))
  },
  { additionalProperties: false }
)

export const TopicConfigListSchema = Type.Object(
  {
    topic: TopicNameSchema,
    configs: Type.Array(TopicConfigEntrySchema),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'TopicConfigList', additionalProperties: false }
)
export type TopicConfigList = Static<typeof TopicConfigListSchema>

/** `PATCH /api/topics/{topicName}/configs`: settings that are not named stay unchanged. */
export const TopicConfigPatchSchema = Type.Object(
  {
    configs: Type.Record(Type.String(), Type.Union([ConfigValueSchema, Type.Null()]), {
      ...configNames,
      minProperties: 1,
      description: 'New values; null removes the override',
      examples: [{ 'retention.ms': '604800000', 'max.message.bytes': null }]
    })
  },
  { $id: 'TopicConfigPatch', additionalProperties: false }
)
export type TopicConfigPatch = Static<typeof TopicConfigPatchSchema>

export const TopicConfigPlanSchema = Type.Object(
  {
    action: Type.Literal('alter-config'),
    topic: TopicNameSchema,
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    changes: Type.Array(
      Type.Object(
        {
          name: Type.String({ examples: ['retention.ms'] }),
          before: value,
          after: Type.Union([Type.String({ examples: ['604800000'] }), Type.Null()], {
            description: 'null if sensitive, or if the inherited value is unknown'
          }),
          operation: Type.Enum(['set', 'unset', 'none'], { description: 'none: it is so already' })
        },
        { additionalProperties: false }
      )
    ),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'TopicConfigPlan', additionalProperties: false }
)
export type TopicConfigPlan = Static<typeof TopicConfigPlanSchema>

export const topicConfigEndpoints = {
  listTopicConfigs: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/{topicName}/configs',
    role: 'viewer',
    tag: 'topics',
    summary: 'Show the configuration of a topic, and the source of each value',
    params: TopicParamsSchema,
    query: TopicConfigListQuerySchema,
    answers: { 200: TopicConfigListSchema }
  },
  alterTopicConfigs: {
    service: 'admin',
    method: 'PATCH',
    path: '/api/topics/{topicName}/configs',
    role: 'operator',
    audit: 'topic.alter-config',
    tag: 'topics',
    summary: 'Change the configuration of a topic',
    description: 'Incremental: settings that are not named stay unchanged. null removes an override.',
    params: TopicParamsSchema,
    query: DryRunQuerySchema,
    body: TopicConfigPatchSchema,
    answers: { 200: TopicConfigPlanSchema }
  }
} as const satisfies Record<string, Endpoint>
