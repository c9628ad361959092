import { type Static, Type } from 'typebox'
import { DryRunQuerySchema, TimestampSchema, TopicNameSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'

const leader = Type.Union([Type.Integer(), Type.Null()])

/** `POST /api/elections`. */
export const ElectionRequestSchema = Type.Object(
  {
    kind: Type.Enum(['preferred'], { description: 'The first of the replicas leads again, where it is in sync' }),
    partitions: Type.Optional(
      Type.Union(
        [
          Type.Literal('all'),
          Type.Array(
            Type.Object(
              { topic: TopicNameSchema, partition: Type.Integer({ minimum: 0 }) },
              { additionalProperties: false }
            ),
            { minItems: 1, maxItems: 10_000 }
          )
        ],
        { default: 'all' }
      )
    )
  },
  { $id: 'ElectionRequest', additionalProperties: false, examples: [{ kind: 'preferred', partitions: 'all' }] }
)
export type ElectionRequest = Static<typeof ElectionRequestSchema>

export const ElectionResultSchema = Type.Object(
  {
    kind: Type.Literal('preferred'),
    dryRun: Type.Boolean(),
    applied: Type.Boolean(),
    partitions: Type.Array(
      Type.Object(
        {
          topic: Type.String({ examples: ['log-events'] }),
          partition: Type.Integer(),
          from: leader,
          to: leader,
          outcome: Type.Enum(['planned', 'elected', 'not_possible', 'failed'], {
            description: 'not_possible: the preferred replica is not in sync'
          }),
          detail: Type.Optional(Type.String())
        },
        { additionalProperties: false }
      ),
      { description: 'Partitions whose leader is not the preferred one' }
    ),
    alreadyPreferred: Type.Integer({ minimum: 0, description: 'Partitions that were asked for and need nothing' }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'ElectionResult', additionalProperties: false }
)
export type ElectionResult = Static<typeof ElectionResultSchema>

export const electionEndpoints = {
  electLeaders: {
    service: 'admin',
    method: 'POST',
    path: '/api/elections',
    role: 'admin',
    audit: 'leader.elect',
    tag: 'brokers',
    summary: 'Have the preferred replicas lead again',
    query: DryRunQuerySchema,
    body: ElectionRequestSchema,
    answers: { 200: ElectionResultSchema }
  }
} as const satisfies Record<string, Endpoint>
