import { type Static, Type } from 'typebox'
import { AclSchema, KeptAclSchema } from './acls.ts'
import { count, TimestampSchema, TopicParamsSchema, WarningSchema } from './common.ts'
import { described, type Endpoint } from './endpoint.ts'
import { AssignmentSchema, confirmation, TopicSpecSchema } from './topic-specs.ts'

export const KeptOffsetSchema = Type.Object(
  { group: Type.String({ examples: ['log-indexer'] }), partition: count, offset: count },
  { additionalProperties: false }
)
export type KeptOffset = Static<typeof KeptOffsetSchema>

/** The saved spec of a deleted topic: everything but its records. */
export const KeptTopicSchema = Type.Object(
  {
    id: Type.String({ examples: ['0f8fad5b-d9cb-469f-a165-70867728950e'] }),
    deletedAt: TimestampSchema,
    topic: TopicSpecSchema,
    assignment: AssignmentSchema,
    records: Type.Union([count, Type.Null()]),
    committedOffsets: Type.Array(KeptOffsetSchema),
    acls: Type.Union([Type.Array(KeptAclSchema), Type.Null()], { description: 'null: the cluster has no authorizer' }),
    warnings: Type.Array(WarningSchema, { description: 'What could not be read when the spec was saved' })
  },
  { $id: 'KeptTopic', additionalProperties: false }
)
export type KeptTopic = Static<typeof KeptTopicSchema>

export const RecreateQuerySchema = Type.Object(
  {
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan without changing anything' })),
    offsets: Type.Optional(
      Type.Enum(['start', 'none'], {
        default: 'start',
        description:
          'start: groups that had committed offsets start at offset 0, because old offsets would skip new records; none: no offsets'
      })
    ),
    ...confirmation
  },
  { additionalProperties: false }
)
export type RecreateQuery = Static<typeof RecreateQuerySchema>

export const RecreatePlanSchema = Type.Object(
  {
    action: Type.Literal('recreate'),
    topic: TopicSpecSchema,
    deletedAt: TimestampSchema,
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    recordsLost: Type.Union([count, Type.Null()], {
      description: 'Records that are not restored; null if not counted'
    }),
    committedOffsets: Type.Array(
      Type.Object(
        {
          ...KeptOffsetSchema.properties,
          restoredAs: Type.Union([count, Type.Null()]),
          detail: Type.Optional(Type.String())
        },
        { additionalProperties: false }
      )
    ),
    acls: Type.Union(
      [
        Type.Array(
          Type.Object(
            {
              ...AclSchema.properties,
              restored: Type.Union([Type.Boolean(), Type.Null()], {
                description:
                  'true: it was missing, and is (in a dry run: would be) restored; false: Kafka has kept it; null: unknown or failed, as a warning explains',
                examples: [true]
              })
            },
            { additionalProperties: false }
          )
        ),
        Type.Null()
      ],
      { description: 'The ACLs that named the topic; null: the cluster had no authorizer' }
    ),
    waitingFor: Type.Optional(Type.Array(Type.String())),
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'RecreatePlan', additionalProperties: false }
)
export type RecreatePlan = Static<typeof RecreatePlanSchema>

export const topicRecreationEndpoints = {
  recreateTopic: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics/{topicName}/recreate',
    role: 'operator',
    audit: 'topic.recreate',
    tag: 'topics',
    summary: 'Recreate a deleted topic, without its records',
    description:
      'Restores partitions, configuration, ACLs and group offsets from when the topic was deleted through this service. Its records are lost.',
    params: TopicParamsSchema,
    query: RecreateQuerySchema,
    answers: {
      200: described(RecreatePlanSchema, 'What the call would do (dryRun)'),
      201: described(RecreatePlanSchema, 'The topic exists again, empty'),
      202: described(RecreatePlanSchema, 'It exists; waitingFor has what is missing')
    }
  }
} as const satisfies Record<string, Endpoint>
