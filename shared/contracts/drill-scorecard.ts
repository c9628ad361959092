import { type Static, Type } from 'typebox'
import { count, TimestampSchema, WarningSchema } from './common.ts'
import { ComparisonSchema } from './drill-records.ts'
import { DrillKindSchema } from './drill-request.ts'
import { DrillMeasurementsSchema } from './drill-verdict.ts'
import { DrillStatusSchema } from './drills.ts'
import type { Endpoint } from './endpoint.ts'
import { FingerprintSchema } from './load-environment.ts'

const hashOrNone = Type.Union([Type.String({ examples: ['91b0c47d2f6e8a35'] }), Type.Null()], {
  description: 'Of the configuration; null: the drills are of a version that did not record it'
})
const stale = Type.Union([Type.Boolean(), Type.Null()], {
  description:
    "The configuration is no longer the cluster's; null: one of the two could not be read. Settings of the drill's topic are not compared"
})

/** What the drills of one kind showed in one configuration. */
export const ScorecardCellSchema = Type.Object(
  {
    kind: DrillKindSchema,
    configuration: hashOrNone,
    stale,
    drills: Type.Integer({ minimum: 1, description: 'Drills with a verdict; those that were aborted have none' }),
    passed: count,
    last: Type.Object(
      {
        id: Type.String({ examples: ['20260131T123456-9f3a1c'] }),
        node: Type.String({ examples: ['kafka-2'] }),
        result: Type.Enum(['pass', 'fail', 'inconclusive']),
        finishedAt: TimestampSchema,
        ageSeconds: Type.Integer({ minimum: 0 }),
        measurements: DrillMeasurementsSchema,
        comparison: Type.Array(ComparisonSchema, { description: 'Measured beside predicted' })
      },
      { additionalProperties: false }
    )
  },
  { $id: 'ScorecardCell', additionalProperties: false }
)
export type ScorecardCell = Static<typeof ScorecardCellSchema>

export const ScorecardConfigurationSchema = Type.Object(
  {
    hash: hashOrNone,
    stale,
    parts: Type.Union([FingerprintSchema.properties.parts, Type.Null()]),
    differences: Type.Array(
      Type.Object(
        {
          part: Type.String({ examples: ['broker.zookeeper.session.timeout.ms'] }),
          was: Type.Union([Type.String({ examples: ['18000'] }), Type.Null()]),
          now: Type.Union([Type.String({ examples: ['6000'] }), Type.Null()])
        },
        { additionalProperties: false }
      ),
      { description: 'Why it is stale' }
    )
  },
  { $id: 'ScorecardConfiguration', additionalProperties: false }
)
export type ScorecardConfiguration = Static<typeof ScorecardConfigurationSchema>

/** Whether a drill that was repeated came to the same end. */
export const RepeatedDrillSchema = Type.Object(
  {
    id: Type.String({ description: 'The drill that was repeated', examples: ['20260131T123456-9f3a1c'] }),
    kind: DrillKindSchema,
    result: ScorecardCellSchema.properties.last.properties.result,
    repeats: Type.Integer({ minimum: 1, description: 'Repetitions that have a verdict' }),
    reproduced: Type.Integer({
      minimum: 0,
      description: 'Repetitions with the same result and, if it is fail, one of the same classes of failure'
    })
  },
  { $id: 'RepeatedDrill', additionalProperties: false }
)
export type RepeatedDrill = Static<typeof RepeatedDrillSchema>

/** `GET /api/drills/scorecard`. */
export const ScorecardSchema = Type.Object(
  {
    cells: Type.Array(ScorecardCellSchema, { description: 'By kind, the newest first' }),
    configurations: Type.Array(ScorecardConfigurationSchema, {
      description: "Of the cells: those that are the cluster's now, then the newest"
    }),
    repeated: Type.Array(RepeatedDrillSchema, { description: 'The newest first' }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'Scorecard', additionalProperties: false }
)
export type Scorecard = Static<typeof ScorecardSchema>

export const RunningDrillSchema = Type.Object(
  {
    id: Type.String({ examples: ['20260131T123456-9f3a1c'] }),
    kind: DrillKindSchema,
    node: Type.String({ examples: ['kafka-2'] }),
    status: DrillStatusSchema,
    createdAt: TimestampSchema
  },
  { $id: 'RunningDrill', additionalProperties: false }
)
export type RunningDrill = Static<typeof RunningDrillSchema>

export const scorecardEndpoints = {
  runningDrill: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/drills/running',
    role: 'viewer',
    tag: 'drills',
    summary: 'Show which drill is under way',
    answers: {
      200: Type.Object(
        { drill: Type.Union([RunningDrillSchema, Type.Null()], { description: 'null: none is' }) },
        { additionalProperties: false }
      )
    }
  },
  scorecard: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/drills/scorecard',
    role: 'viewer',
    tag: 'drills',
    summary: 'Show what each kind of drill last found, in which configuration',
    description:
      'A matrix of kinds by configurations of the cluster: broker settings that decide how a fault ends, versions, ' +
      'replication factor and min.insync.replicas. A cell whose configuration is no longer that of the cluster is stale.',
    answers: { 200: ScorecardSchema }
  }
} as const satisfies Record<string, Endpoint>
