import { type Static, Type } from 'typebox'
import { NodeNameSchema } from './cluster.ts'
import { count } from './common.ts'
import { ExpectedSecondsSchema, SecondsBandSchema, WhatIfDetailSchema } from './what-if.ts'

export const TopicPartitionSchema = Type.Object(
  { topic: Type.String({ minLength: 1, maxLength: 249, examples: ['log-events'] }), partition: count },
  { additionalProperties: false }
)

/** What a drill breaks, as found when it began. */
export const DrillTargetSchema = Type.Object(
  {
    nodes: Type.Array(NodeNameSchema, { description: 'Nodes that it breaks; the first is `node`' }),
    partition: Type.Optional(TopicPartitionSchema),
    group: Type.Optional(Type.String()),
    detail: Type.String({ examples: ['kafka-2 was the controller'] })
  },
  { $id: 'DrillTarget', additionalProperties: false }
)
export type DrillTarget = Static<typeof DrillTargetSchema>

const { moves, offline, writesStop, groups } = WhatIfDetailSchema.properties

const lossTotals = Type.Object(
  { moves: count, offline: count, writesStop: count },
  { additionalProperties: false, description: 'Numbers of partitions' }
)

export const DrillPredictionSchema = Type.Object(
  {
    moves: { ...moves, description: 'Partitions that get another leader; the first 100' },
    offline: { ...offline, description: 'Partitions without a leader; the first 100' },
    writesStop: { ...writesStop, description: 'Partitions that refuse writes with acks=all; the first 100' },
    groups,
    totals: { ...lossTotals, description: 'Of the whole cluster' },
    ownTopic: Type.Union([lossTotals, Type.Null()], {
      description: "Of the drill's topic; null until it is created"
    }),
    seconds: Type.Object(
      {
        ...ExpectedSecondsSchema.properties,
        committedWait: Type.Optional({
          ...SecondsBandSchema,
          description: 'hanging-transaction: how long read_committed readers wait behind it, from the fault on'
        })
      },
      { additionalProperties: false }
    ),
    assumed: Type.Array(Type.String({ examples: ['zookeeper.session.timeout.ms'] }), {
      description: "Settings that could not be read: Kafka's defaults count"
    }),
    notes: Type.Array(Type.String({ examples: ['replicas that have much to copy take longer'] }), {
      description: 'What the bands leave out'
    })
  },
  { $id: 'DrillPrediction', additionalProperties: false }
)
export type DrillPrediction = Static<typeof DrillPredictionSchema>

/** Whether a stage's fault took effect, by what was seen from outside of its injector. */
export const StageEvidenceSchema = Type.Object(
  {
    stage: Type.String({ examples: ['kafka-2'] }),
    node: Type.String({ examples: ['kafka-2'] }),
    confirmed: Type.Boolean(),
    detail: Type.String({ examples: ['kafka-2 stopped answering 0.4 s after the fault was requested'] }),
    reach: Type.Optional(
      Type.Array(Type.String({ examples: ['kafka-2 -> kafka-1 (broker)'] }), {
        description: 'Connections between nodes that could not be opened while the fault held'
      })
    )
  },
  { $id: 'StageEvidence', additionalProperties: false }
)
export type StageEvidence = Static<typeof StageEvidenceSchema>
