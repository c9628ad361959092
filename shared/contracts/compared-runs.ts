import { type Static, Type } from 'typebox'
import { count, TimestampSchema } from './common.ts'
import { described } from './endpoint.ts'
import { FingerprintSchema, WorkloadHashSchema } from './load-environment.ts'

export const exampleIds = ['20260131T120000-9f3a1c', '20260131T120500-0b77de']
/** The id of a run, as an expression. */
export const runId = '[0-9A-Za-z-]{1,64}'
export const RunIdSchema = Type.String({ examples: exampleIds })
export const WorkloadNameSchema = Type.Union([Type.String({ examples: ['steady'] }), Type.Null()], {
  description: 'Name of the workload'
})
/** As many runs of a side as are sure to fit into the head of a request. */
export const mostRuns = 100

export const nullableNumber = Type.Union([Type.Number(), Type.Null()])

export const FiguresSchema = Type.Object(
  {
    throughput: described(
      nullableNumber,
      'Records acknowledged per second after the warm-up; of a search, the highest rate that passed'
    ),
    responseP50: described(nullableNumber, 'Milliseconds, like the next two'),
    responseP99: nullableNumber,
    serviceP99: nullableNumber,
    clientCost: described(nullableNumber, 'Microseconds that producer threads were at work for each record')
  },
  { additionalProperties: false, description: 'What comparisons are about; null: the run does not show it' }
)
export type Figures = Static<typeof FiguresSchema>
export type FigureName = keyof Figures

export const FigureNameSchema = Type.Enum(['throughput', 'responseP50', 'responseP99', 'serviceP99', 'clientCost'])

/** What a comparison needs of a run. */
export const ComparedRunSchema = Type.Object(
  {
    id: RunIdSchema,
    createdAt: TimestampSchema,
    status: Type.Enum(['pending', 'running', 'completed', 'aborted', 'failed']),
    workload: WorkloadNameSchema,
    workloadHash: Type.Union([WorkloadHashSchema, Type.Null()], {
      description: 'null, like fingerprint: the run was made by an earlier version'
    }),
    fingerprint: Type.Union([FingerprintSchema, Type.Null()]),
    limitedBy: Type.Union([Type.Enum(['cluster', 'client', 'rate', 'unknown']), Type.Null()]),
    steadyState: Type.Union([Type.Enum(['steady', 'given', 'noSteadyState', 'tooShort', 'shaped']), Type.Null()]),
    failed: count,
    unconfirmed: Type.Optional(
      Type.Literal(true, { description: 'With acks=none: its figures are those of handing records to the network' })
    ),
    figures: FiguresSchema
  },
  { additionalProperties: false }
)
export type ComparedRun = Static<typeof ComparedRunSchema>
