import { type Static, Type } from 'typebox'
import { count } from './common.ts'
import { FindingSchema } from './drill-records.ts'
import { recordCounts } from './record-counts.ts'

const milliseconds = Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description: 'null: it did not happen' })

/** The fate of the workload's records, compared one by one. */
export const DrillCountsSchema = Type.Object(
  {
    ...recordCounts,
    unseen: Type.Optional(recordCounts.unseen),
    indeterminatePresent: Type.Optional(recordCounts.indeterminatePresent),
    ackAliased: Type.Optional(recordCounts.ackAliased)
  },
  {
    $id: 'DrillCounts',
    additionalProperties: false,
    description:
      'attempted = acknowledged + failed + indeterminate. If nothing is corrupt, read = acknowledged - ackedLost - unseen + ' +
      'failedButPresent + indeterminatePresent + duplicates. Drills of earlier versions lack some counts'
  }
)
export type DrillCounts = Static<typeof DrillCountsSchema>

export const DrillMeasurementsSchema = Type.Object(
  {
    timeToNewLeadersMs: milliseconds,
    timeToFullIsrMs: milliseconds,
    longestAckGapMs: milliseconds,
    faultDurationMs: milliseconds,
    leadersOnNodeBefore: Type.Union([count, Type.Null()])
  },
  {
    $id: 'DrillMeasurements',
    additionalProperties: false,
    description:
      'timeToNewLeaders: from requesting the fault until the node leads no partition; timeToFullIsr: from requesting the healing until every ISR is full and the node answers; longestAckGap: the longest time without an acknowledgement on any one partition of the workload'
  }
)
export type DrillMeasurements = Static<typeof DrillMeasurementsSchema>

export const DrillVerdictSchema = Type.Object(
  {
    result: Type.Enum(['pass', 'fail', 'inconclusive', 'aborted']),
    reasons: Type.Array(Type.String({ examples: ['every acknowledged record is in the log'] })),
    counts: Type.Union([DrillCountsSchema, Type.Null()], {
      description: 'null: nobody counted, because the service died during the drill, or it never began'
    }),
    measurements: DrillMeasurementsSchema,
    findings: Type.Optional(Type.Array(FindingSchema, { description: 'The reasons as data' }))
  },
  { $id: 'DrillVerdict', additionalProperties: false }
)
export type DrillVerdict = Static<typeof DrillVerdictSchema>
