import { type Static, Type } from 'typebox'
import { DryRunQuerySchema, TimestampSchema, TopicNameSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'

const leader = Type.Union([Type.Integer(), Type.Null()])

/** `POST /api/elections`. */
export const ElectionRequestSchema = Type.Object(
  {
    kind: Type.Enum(['preferred', 'unclean'], {
      description:
        'preferred: the first replica becomes leader again if it is in sync. unclean: an out-of-sync replica becomes the leader of a partition without one, and records that only other replicas had are lost'
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
        { default: 'all', description: 'An unclean election must name its partitions' }
      )
    ),
    acceptLoss: Type.Optional(
      Type.Array(Type.String({ maxLength: 300, examples: ['orders-0'] }), {
        maxItems: 10_000,
        description: 'Required for an unclean election: each of its partitions as topic-partition'
      })
    ),
    reason: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description: 'Required for an unclean election: the reason, kept in the audit trail'
      })
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
        'Known lost records, judged by other replicas and committed offsets; null if the new leader did not report its log end offset. Records that only unreachable brokers had are lost in addition'
    }),
    lastInSync: Type.Array(Type.Integer(), {
      description: 'Brokers that may have more records: the last in-sync replicas, all down'
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
            description: 'not_possible: no replica may lead; detail has the reason'
          }),
          detail: Type.Optional(Type.String()),
          loss: Type.Optional(ElectionLossSchema)
        },
        { additionalProperties: false }
      ),
      {
        description:
          'Partitions whose leader is not the preferred replica or, for an unclean election, that have no leader'
      }
    ),
    alreadyPreferred: Type.Integer({
      minimum: 0,
      description: 'Other partitions of the request, which need no election'
    }),
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
    wholeCluster: true,
    audit: 'leader.elect',
    tag: 'brokers',
    summary: 'Elect preferred leaders or, uncleanly, replicas that are not in sync',
    description:
      'An unclean election is for partitions without a leader whose in-sync replicas will not return. Its dry run shows how many records are known to be lost. The call must name each partition in acceptLoss and give a reason.',
    query: DryRunQuerySchema,
    body: ElectionRequestSchema,
    answers: { 200: ElectionResultSchema }
  }
} as const satisfies Record<string, Endpoint>
