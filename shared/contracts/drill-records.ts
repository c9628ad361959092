import { type Static, Type } from 'typebox'
import { count } from './common.ts'
import { SecondsBandSchema } from './what-if.ts'

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description })

/** What was found among a drill's records, by class. */
export const FindingSchema = Type.Object(
  {
    class: Type.String({ examples: ['ackedLost', 'duplicates'] }),
    severity: Type.Enum(['failure', 'doubt', 'allowed'], {
      description:
        "failure: the cluster or a client broke its promise. doubt: nobody knows. allowed: Kafka's contract permits it"
    }),
    count,
    detail: Type.String()
  },
  { $id: 'DrillFinding', additionalProperties: false }
)
export type Finding = Static<typeof FindingSchema>

/** A predicted time beside the measured one. */
export const ComparisonSchema = Type.Object(
  {
    name: Type.Enum(['detection', 'leaders', 'clientGap', 'followed', 'isrFull', 'committedWait']),
    predicted: orNull(SecondsBandSchema),
    measuredSeconds: orNull(Type.Number({ minimum: 0 })),
    within: orNull(Type.Boolean(), 'null: one of the two is not known'),
    explanation: Type.Optional(Type.String({ description: 'What explains a difference' }))
  },
  { $id: 'DrillComparison', additionalProperties: false }
)
export type DrillComparison = Static<typeof ComparisonSchema>

const sinceInjection = orNull(Type.Number({ minimum: 0 }), 'null: it did not happen')

/** What happened to one partition, in milliseconds since the fault was requested. */
export const PartitionTimelineSchema = Type.Object(
  {
    firstClientErrorMs: sinceInjection,
    sessionGoneMs: sinceInjection,
    newEpochMs: sinceInjection,
    firstAckMs: sinceInjection,
    isrShrunkMs: sinceInjection,
    isrFullMs: sinceInjection,
    preferredLeaderMs: sinceInjection
  },
  { additionalProperties: false }
)
export type PartitionTimeline = Static<typeof PartitionTimelineSchema>

export const DrillPartitionSchema = Type.Object(
  {
    topic: Type.String(),
    partition: count,
    leaderBefore: orNull(Type.Integer()),
    timeline: PartitionTimelineSchema,
    longestAckGapMs: orNull(Type.Number({ minimum: 0 })),
    lanes: Type.Array(
      Type.Object(
        {
          fromMs: Type.Number({ description: 'Since the fault was requested' }),
          leader: orNull(Type.Integer()),
          epoch: orNull(Type.Integer()),
          isr: Type.Array(Type.Integer()),
          by: Type.Optional(Type.String({ description: 'The broker that said so first' }))
        },
        { additionalProperties: false }
      ),
      { description: 'Each change of leader, epoch or ISR' }
    )
  },
  { $id: 'DrillPartition', additionalProperties: false }
)
export type DrillPartition = Static<typeof DrillPartitionSchema>

/** Whether one broker answers load-test-service, as that asks each of them. */
export const DrillAnswersSchema = Type.Object(
  {
    node: Type.String({ examples: ['kafka-2'] }),
    lanes: Type.Array(
      Type.Object(
        {
          fromMs: Type.Number({ description: 'Since the fault was requested' }),
          answers: Type.Boolean({ description: 'false: it has not answered within 0.8 s' })
        },
        { additionalProperties: false }
      ),
      { description: 'Each change' }
    )
  },
  { $id: 'DrillAnswers', additionalProperties: false }
)
export type DrillAnswers = Static<typeof DrillAnswersSchema>

/** Records of the writers over time, from the injection on. */
export const DrillRatesSchema = Type.Object(
  {
    everyMs: Type.Integer({ minimum: 1 }),
    fromMs: Type.Optional(Type.Number({ description: 'Of the first figure, since the fault was requested' })),
    acknowledged: Type.Array(count),
    failed: Type.Array(count)
  },
  { $id: 'DrillRates', additionalProperties: false }
)
export type DrillRates = Static<typeof DrillRatesSchema>
