import { type Static, Type } from 'typebox'
import { DryRunQuerySchema, TimestampSchema, TopicNameSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'

const leader = Type.Union([Type.Integer(), Type.Null()])

/** `POST /api/elections`. */
export const ElectionRequestSchema = Type.Object(
  {
    kind: Type.Enum(['preferred', 'unclean'], {
      description:
        'preferred: the first of the replicas leads again, where it is in sync. unclean: of a partition without a leader a ' +
        'replica that is not in sync leads, and records that only others had are lost'
    }),
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
        { default: 'all', description: 'An unclean election names its partitions' }
      )
    ),
    acceptLoss: Type.Optional(
      Type.Array(Type.String({ examples: ['orders-0'] }), {
        description: 'For an unclean election: each of its partitions by name, topic-partition; without it is refused'
      })
    ),
    reason: Type.Optional(
      Type.String({ minLength: 1, maxLength: 500, description: 'For an unclean election: why, for the audit trail' })
    )
  },
  { $id: 'ElectionRequest', additionalProperties: false, examples: [{ kind: 'preferred', partitions: 'all' }] }
)
export type ElectionRequest = Static<typeof ElectionRequestSchema>

/** What an unclean election costs. */
export const ElectionLossSchema = Type.Object(
  {
    atLeast: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description:
        'Records that are lost as far as other replicas and commits of groups show; null when the new leader did not say ' +
        'where its log ends. Records that only brokers had that are away come on top'
    }),
    lastInSync: Type.Array(Type.Integer(), {
      description: 'Brokers that may have more records: the last in-sync replicas, all away'
    }),
    detail: Type.String()
  },
  { additionalProperties: false }
)

export const ElectionResultSchema = Type.Object(
  {
    kind: Type.Enum(['preferred', 'unclean']),
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
            description: 'not_possible: no replica that may lead, as detail says'
          }),
          detail: Type.Optional(Type.String()),
          loss: Type.Optional(ElectionLossSchema)
        },
        { additionalProperties: false }
      ),
      { description: 'Partitions whose leader is not the preferred one; for an unclean election, that have none' }
    ),
    alreadyPreferred: Type.Integer({ minimum: 0, description: 'Other partitions of the request: they need nothing' }),
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
    summary: 'Have the preferred replicas lead again, or a replica that is not in sync',
    description:
      'An unclean election is for partitions without a leader whose in-sync replicas will not return. Its dry run says how many ' +
      'records are known to be lost. The call names each partition in acceptLoss and gives a reason.',
    query: DryRunQuerySchema,
    body: ElectionRequestSchema,
    answers: { 200: ElectionResultSchema }
  }
} as const satisfies Record<string, Endpoint>
