import { type Static, Type } from 'typebox'
import { GuardResultSchema } from './guard-result.ts'

/** An instant, ISO-8601 in UTC. */
export const TimestampSchema = Type.String({ format: 'date-time', examples: ['2026-01-31T12:34:56.789Z'] })

/** How many. */
export const count = Type.Integer({ minimum: 0 })

/**
 * The name of a Kafka topic (the rule of org.apache.kafka.common.internals.Topic): 1-249 of [a-zA-Z0-9._-], not `.` or
 * `..`.
 */
export const TopicNameSchema = Type.String({
  minLength: 1,
  maxLength: 249,
  pattern: '^(?!\\.{1,2}$)[a-zA-Z0-9._-]+$',
  description: 'Topic name: 1 to 249 of letters, digits, ".", "_" and "-"; not "." or ".."',
  examples: ['log-events']
})

/** Path of one topic. */
export const TopicParamsSchema = Type.Object({ topicName: TopicNameSchema }, { additionalProperties: false })

/**
 * Something that could not be read. A reading with warnings is incomplete but never wrong: missing values are left out
 * or null.
 */
export const WarningSchema = Type.Object(
  {
    code: Type.String({ description: 'Stable code from the error catalog', examples: ['broker_unreachable'] }),
    message: Type.String({ examples: ['kafka-1 does not answer'] }),
    target: Type.Optional(Type.String({ description: 'What it concerns', examples: ['kafka-1', 'log-events-3'] }))
  },
  { $id: 'Warning', additionalProperties: false }
)
export type Warning = Static<typeof WarningSchema>

/** An objection to a change, in the shape of a warning. It has no $id because it shares documents with warnings. */
export const ObstacleSchema = Type.Object(WarningSchema.properties, { additionalProperties: false })

/** Why a number is null. */
export const UnknownReasonSchema = Type.Enum(
  ['no_commit', 'offset_out_of_range', 'partition_unavailable', 'broker_unreachable', 'not_authorized', 'not_measured'],
  { description: 'Why the accompanying number is null' }
)
export type UnknownReason = Static<typeof UnknownReasonSchema>

/** Links of a long-running job. */
export const JobLinksSchema = Type.Object(
  {
    self: Type.String({
      format: 'uri-reference',
      examples: ['/api/topics/deletions/0f8fad5b-d9cb-469f-a165-70867728950e']
    }),
    events: Type.Optional(Type.String({ format: 'uri-reference', description: 'Its progress as server-sent events' })),
    cancel: Type.Optional(Type.String({ format: 'uri-reference', description: 'DELETE cancels it' }))
  },
  { additionalProperties: false }
)

/** Path of one job. */
export const JobParamsSchema = Type.Object({
  id: Type.String({ pattern: '^[0-9A-Za-z-]{1,64}$', examples: ['0f8fad5b-d9cb-469f-a165-70867728950e'] })
})
export type JobParams = Static<typeof JobParamsSchema>

/** A page of jobs, newest first. */
export const JobListQuerySchema = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: 'nextCursor of the previous page' }))
  },
  { additionalProperties: false }
)
export type JobListQuery = Static<typeof JobListQuerySchema>

/** RFC 9457 problem details, with kops' extensions. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ format: 'uri-reference' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ format: 'uri-reference' }),
    code: Type.String({ description: 'Stable code from the error catalog', examples: ['topic_exists'] }),
    kafkaError: Type.Optional(Type.String({ examples: ['TOPIC_ALREADY_EXISTS'] })),
    retriable: Type.Boolean(),
    requestId: Type.String(),
    errors: Type.Optional(
      Type.Array(Type.Object({ field: Type.String(), message: Type.String() }, { additionalProperties: false }))
    ),
    guards: Type.Optional(
      Type.Array(GuardResultSchema, { description: 'Of a drill that its guards refuse: all of them' })
    ),
    lastAnswerAt: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'Of a service that cannot be reached: when it last answered admin-service'
      })
    )
  },
  { $id: 'Problem', additionalProperties: false }
)
export type Problem = Static<typeof ProblemSchema>

/** Query of a change without further parameters. */
export const DryRunQuerySchema = Type.Object(
  { dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Return the plan without changing anything' })) },
  { additionalProperties: false }
)
export type DryRunQuery = Static<typeof DryRunQuerySchema>
