import { type Static, Type } from 'typebox'
import { count, TimestampSchema, WarningSchema } from './common.ts'
import type { Endpoint } from './endpoint.ts'

/** How a node is lost. */
export const LossKindSchema = Type.Enum(['kill', 'stop', 'pause'], {
  description:
    'kill: its process or machine dies; stop: it shuts down and moves its leaders first; pause: it neither answers nor ' +
    'closes its connections, as when it hangs or the network drops its packets'
})
export type LossKind = Static<typeof LossKindSchema>

/** A time that is expected to lie between two bounds, in seconds. */
export const SecondsBandSchema = Type.Object(
  { min: Type.Number({ minimum: 0 }), max: Type.Number({ minimum: 0 }) },
  { additionalProperties: false }
)
export type SecondsBand = Static<typeof SecondsBandSchema>

export const ExpectedSecondsSchema = Type.Object(
  {
    detection: Type.Union([SecondsBandSchema, Type.Null()], {
      description: 'Until the controller knows; null if no quorum is left that could notice'
    }),
    leaders: Type.Union([SecondsBandSchema, Type.Null()], {
      description: 'Until its partitions have other leaders; null if there is no quorum to elect them'
    }),
    clientGap: Type.Union([SecondsBandSchema, Type.Null()], {
      description: 'How long a client of these partitions waits, with a request timeout of 30 s'
    }),
    followed: Type.Union([SecondsBandSchema, Type.Null()], {
      description: 'How long writes with acks=all wait where it follows, until it leaves the ISR'
    }),
    isrFull: Type.Union([SecondsBandSchema, Type.Null()], {
      description: 'From its return until it is in sync again; longer when it has much to copy'
    })
  },
  { additionalProperties: false }
)
export type ExpectedSeconds = Static<typeof ExpectedSecondsSchema>

/** Why partitions would not survive a loss. */
export const LossCauseSchema = Type.Enum(['degraded', 'configuration', 'singleReplica'], {
  description:
    'degraded: with every replica in sync they would survive it; configuration: as many in-sync replicas are required as ' +
    'would be lost in full health, too; singleReplica: they have one replica'
})
export type LossCause = Static<typeof LossCauseSchema>

const LossCountsSchema = Type.Object(
  {
    degraded: Type.Integer({ minimum: 0, description: 'With every replica in sync they would survive it' }),
    configuration: Type.Integer({
      minimum: 0,
      description: 'Their replication factor and min.insync.replicas never allow for it'
    }),
    singleReplica: Type.Integer({ minimum: 0, description: 'They have one replica' })
  },
  { additionalProperties: false }
)
export type LossCounts = Static<typeof LossCountsSchema>

/** A reason for or against a restart. */
const RestartReasonSchema = Type.Object(
  {
    code: Type.Enum([
      'quorum_lost',
      'quorum_absent',
      'partitions_offline',
      'writes_stop',
      'unclean_election',
      'min_isr_unknown',
      'not_serving',
      'configuration',
      'single_replica'
    ]),
    message: Type.String({
      examples: ['12 partitions would refuse writes with acks=all: log-events-0, log-events-3, ...']
    })
  },
  { additionalProperties: false }
)
export type RestartReason = Static<typeof RestartReasonSchema>

export const RestartVerdictSchema = Type.Object(
  {
    safe: Type.Boolean({
      description: 'Nothing speaks against stopping it now that waiting or repairing could change'
    }),
    reasons: Type.Array(RestartReasonSchema, { description: 'What speaks against it' }),
    notes: Type.Array(RestartReasonSchema, { description: 'What it costs at any time, or why it costs nothing' })
  },
  { additionalProperties: false }
)
export type RestartVerdict = Static<typeof RestartVerdictSchema>

/** What a drill last measured of such a loss, on any broker. */
export const MeasuredLossSchema = Type.Object(
  {
    drill: Type.String({ examples: ['20260131T123456-9f3a1c'] }),
    node: Type.String({ examples: ['kafka-2'] }),
    result: Type.String({ examples: ['pass'] }),
    at: TimestampSchema,
    ageSeconds: Type.Integer({ minimum: 0 }),
    leadersSeconds: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Until its partitions had other leaders; null: not measured'
    }),
    sameConfiguration: Type.Union([Type.Boolean(), Type.Null()], {
      description: "The cluster's configuration is still that of the drill; null: unknown"
    })
  },
  { $id: 'MeasuredLoss', additionalProperties: false }
)
export type MeasuredLoss = Static<typeof MeasuredLossSchema>

/** The loss of a broker, of all brokers of a rack, or of a node of the ZooKeeper ensemble or the KRaft quorum. */
export const WhatIfScenarioSchema = Type.Object(
  {
    kind: Type.Enum(['broker', 'rack', 'node']),
    name: Type.String({ examples: ['kafka-2', 'rack-a', 'zookeeper-1'] }),
    brokers: Type.Array(Type.Integer(), { description: 'Ids of the brokers that are lost' }),
    nodes: Type.Array(Type.String({ examples: ['zookeeper-1'] }), {
      description: 'Nodes of the ensemble or quorum that are lost'
    }),
    serves: Type.Boolean({
      description: 'Some of it serves now. If not, it is lost already, and nothing changes'
    }),
    leaders: Type.Integer({ minimum: 0, description: 'Partitions that get another leader' }),
    offline: { ...LossCountsSchema, description: 'Partitions that would have no leader' },
    writesStop: Type.Union([LossCountsSchema, Type.Null()], {
      description:
        'Partitions that accept writes with acks=all and would not, those without a leader included; null while ' +
        'min.insync.replicas of a topic is unknown'
    }),
    unclean: Type.Integer({
      minimum: 0,
      description:
        'Partitions that would get a leader that is not in sync and lose records (unclean.leader.election.enable)'
    }),
    groups: Type.Union([count, Type.Null()], { description: 'Consumer groups whose coordinator moves' }),
    transactionCoordinators: Type.Integer({
      minimum: 0,
      description: 'Partitions of __transaction_state whose coordinator moves'
    }),
    leaderBytesPerSecond: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Bytes that producers write to the partitions it leads, estimated from the last two sweeps'
    }),
    quorum: Type.Union([Type.Enum(['kept', 'lost', 'absent']), Type.Null()], {
      description: 'Of ZooKeeper or the controllers; absent: there is none now; null: it is unknown'
    }),
    seconds: ExpectedSecondsSchema,
    measured: Type.Optional(
      Type.Union([MeasuredLossSchema, Type.Null()], {
        description:
          'By the last drill of this kind of loss, for a broker. null: no drill has; absent: load-test-service is not configured, or does not answer'
      })
    ),
    restart: RestartVerdictSchema
  },
  { $id: 'WhatIfScenario', additionalProperties: false }
)
export type WhatIfScenario = Static<typeof WhatIfScenarioSchema>

const LossSchema = Type.Object(
  { topic: Type.String({ examples: ['log-events'] }), partition: count, cause: LossCauseSchema },
  { additionalProperties: false }
)

export const WhatIfDetailSchema = Type.Object(
  {
    moves: Type.Array(
      Type.Object(
        {
          topic: Type.String({ examples: ['log-events'] }),
          partition: count,
          from: Type.Integer(),
          to: Type.Integer({ description: 'The first in-sync replica that is left, in the order of the replicas' }),
          unclean: Type.Boolean()
        },
        { additionalProperties: false }
      )
    ),
    offline: Type.Array(LossSchema),
    writesStop: Type.Array(LossSchema),
    groups: Type.Union(
      [
        Type.Array(
          Type.Object(
            {
              group: Type.String({ examples: ['log-indexer'] }),
              from: Type.Integer(),
              to: Type.Union([Type.Integer(), Type.Null()], { description: 'null: it would have no coordinator' })
            },
            { additionalProperties: false }
          )
        ),
        Type.Null()
      ],
      { description: 'null while the groups are unknown' }
    )
  },
  { additionalProperties: false, description: 'The first of each, up to `limit`; the scenario has their numbers' }
)
export type WhatIfDetail = Static<typeof WhatIfDetailSchema>

export const WhatIfSchema = Type.Object(
  {
    how: LossKindSchema,
    mode: Type.Enum(['zookeeper', 'kraft']),
    scenarios: Type.Array(WhatIfScenarioSchema),
    detail: Type.Union([WhatIfDetailSchema, Type.Null()], { description: 'Of the one scenario that was asked for' }),
    assumed: Type.Array(Type.String({ examples: ['zookeeper.session.timeout.ms'] }), {
      description: "Settings that could not be read: Kafka's defaults count"
    }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'WhatIf', additionalProperties: false }
)
export type WhatIf = Static<typeof WhatIfSchema>

export const WhatIfQuerySchema = Type.Object(
  {
    broker: Type.Optional(Type.Integer({ minimum: 0, description: 'Only this broker, with details', examples: [2] })),
    rack: Type.Optional(Type.String({ maxLength: 250, description: 'Only this rack, with details' })),
    node: Type.Optional(
      Type.String({
        maxLength: 250,
        description: 'Only this node, with details: a broker, a ZooKeeper node or a controller',
        examples: ['zookeeper-1']
      })
    ),
    how: Type.Optional({ ...LossKindSchema, default: 'kill' }),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 100 }))
  },
  { additionalProperties: false }
)
export type WhatIfQuery = Static<typeof WhatIfQuerySchema>

export const whatIfEndpoints = {
  whatIf: {
    service: 'health',
    method: 'GET',
    path: '/api/health/what-if',
    role: 'viewer',
    tag: 'health',
    summary: 'Predict the loss of each broker, rack and node of the ensemble',
    description:
      'From the last reading: which partitions would get other leaders, have none or refuse writes, for how long, and ' +
      'whether a restart is safe now. With `broker`, `rack` or `node` only that one, with its partitions and groups.',
    query: WhatIfQuerySchema,
    answers: { 200: WhatIfSchema }
  }
} as const satisfies Record<string, Endpoint>
