import { type Static, Type } from 'typebox'
import { count } from './common.ts'
import {
  ComparedRunSchema,
  exampleIds,
  FigureNameSchema,
  mostRuns,
  nullableNumber,
  RunIdSchema,
  runId,
  WorkloadNameSchema
} from './compared-runs.ts'
import { described, type Endpoint } from './endpoint.ts'
import { FingerprintSchema, WorkloadHashSchema } from './load-environment.ts'

const runIds = (description: string, example: string) =>
  Type.String({
    pattern: `^${runId}(,${runId}){0,${mostRuns - 1}}$`,
    maxLength: 65 * mostRuns,
    description: `${description}: ids of completed runs of one workload, at most ${mostRuns}, separated by commas`,
    examples: [example]
  })

const name = '^[a-z0-9][a-z0-9-]{0,62}$'

export const CompareQuerySchema = Type.Object(
  {
    a: Type.Optional(runIds('What to compare with, unless baseline says that', exampleIds.join())),
    // Without an example: it would stand beside a.
    baseline: Type.Optional(Type.String({ pattern: name, description: 'Name of a saved set of runs' })),
    b: runIds('What to judge', '20260131T120200-77aa01,20260131T120300-c4e2f9'),
    varying: Type.Optional(
      Type.String({
        maxLength: 2000,
        pattern: '^[A-Za-z0-9.-]+(,[A-Za-z0-9.-]+)*$',
        description: 'Parts of the fingerprint that may differ between the sides, because they are what is compared',
        examples: ['broker.num.io.threads,client']
      })
    )
  },
  { additionalProperties: false }
)
export type CompareQuery = Static<typeof CompareQuerySchema>

const VerdictSchema = Type.Enum(['faster', 'slower', 'equivalent', 'inconclusive'], {
  description: 'Of b relative to a. faster is the better side of each figure'
})
export type ComparisonVerdict = Static<typeof VerdictSchema>

const SideSchema = Type.Object(
  {
    runs: Type.Array(RunIdSchema),
    baseline: Type.Union([Type.Null(), Type.String()]),
    workload: WorkloadNameSchema,
    workloadHash: Type.Union([WorkloadHashSchema, Type.Null()])
  },
  { additionalProperties: false }
)

export const FigureComparisonSchema = Type.Object(
  {
    figure: FigureNameSchema,
    better: Type.Enum(['higher', 'lower']),
    a: described(Type.Number(), 'Median of the runs'),
    b: Type.Number(),
    ratio: Type.Union([Type.Number(), Type.Null()], {
      description: 'b / a (Hodges-Lehmann); null, like the next five, if a value has no ratio'
    }),
    low: nullableNumber,
    high: nullableNumber,
    level: Type.Union([Type.Number(), Type.Null()], { description: 'Of the interval from low to high: 0.9 or more' }),
    p: nullableNumber,
    adjustedP: Type.Union([Type.Number(), Type.Null()], { description: 'After Holm, for all figures together' }),
    verdict: VerdictSchema,
    because: Type.Union(
      [Type.Enum(['tooFewRuns', 'notPositive', 'noDifferenceShown', 'withinReachOfMargin']), Type.Null()],
      { description: 'Why it is inconclusive' }
    )
  },
  { additionalProperties: false }
)
export type FigureComparison = Static<typeof FigureComparisonSchema>

/** How two sets of runs differ, or why that cannot be said. */
export const LoadTestComparisonSchema = Type.Object(
  {
    design: Type.Union([Type.Enum(['paired', 'unpaired']), Type.Null()], {
      description: 'paired: as many runs on both sides, made in turn, so that each has a partner next to it'
    }),
    verdict: Type.Union([VerdictSchema, Type.Null()], {
      description:
        'slower if any figure is; otherwise faster if any is; equivalent if all are; otherwise inconclusive. null: refused'
    }),
    refusals: Type.Array(
      Type.Object(
        {
          reason: Type.Enum([
            'notCompleted',
            'noFingerprint',
            'workloadsMixed',
            'environmentMixed',
            'environmentDiffers',
            'acknowledgementsDiffer',
            'tooFewRuns',
            'noFigure'
          ]),
          message: Type.String()
        },
        { additionalProperties: false }
      ),
      { description: 'Why nothing is compared; empty if it is', examples: [[]] }
    ),
    a: SideSchema,
    b: SideSchema,
    differing: Type.Array(
      Type.Object(
        {
          part: Type.String({ examples: ['broker.num.io.threads'] }),
          a: Type.Union([Type.String(), Type.Null()]),
          b: Type.Union([Type.String(), Type.Null()])
        },
        { additionalProperties: false }
      ),
      { description: 'Parts of the fingerprint that differ between the sides', examples: [[]] }
    ),
    figures: Type.Array(FigureComparisonSchema),
    leftOut: Type.Array(
      Type.Object({ figure: FigureNameSchema, reason: Type.String() }, { additionalProperties: false }),
      { examples: [[]] }
    ),
    notes: Type.Array(Type.String(), { description: 'What to know before relying on it', examples: [[]] })
  },
  { $id: 'LoadTestComparison', additionalProperties: false }
)
export type LoadTestComparison = Static<typeof LoadTestComparisonSchema>

export const HistoryQuerySchema = Type.Object(
  {
    workload: Type.Optional(
      Type.String({
        pattern: name,
        description: 'Name of the workload; its newest completed run determines hash and environment',
        examples: ['steady']
      })
    ),
    workloadHash: Type.Optional(WorkloadHashSchema)
  },
  { additionalProperties: false }
)
export type HistoryQuery = Static<typeof HistoryQuerySchema>

export const LoadTestHistorySchema = Type.Object(
  {
    workload: Type.String({ examples: ['steady'] }),
    workloadHash: WorkloadHashSchema,
    fingerprint: FingerprintSchema.properties.hash,
    runs: Type.Array(ComparedRunSchema, { description: 'Oldest first; the newest 200 at most' }),
    leftOut: Type.Object(
      {
        otherWorkload: described(count, 'Runs of another workload by the same name'),
        otherEnvironment: described(count, 'Runs of this workload in another environment')
      },
      { additionalProperties: false }
    ),
    changes: Type.Array(
      Type.Object(
        {
          figure: FigureNameSchema,
          run: described(RunIdSchema, 'The first run after the change'),
          p: Type.Number(),
          magnitude: Type.Union([Type.Number(), Type.Null()], { description: '0.1: a tenth more than before' }),
          verdict: Type.Union([Type.Enum(['faster', 'slower']), Type.Null()])
        },
        { additionalProperties: false }
      ),
      { description: 'Oldest first' }
    ),
    unjudged: Type.Array(FigureNameSchema, { description: 'Figures that fewer than 12 runs show' })
  },
  { $id: 'LoadTestHistory', additionalProperties: false }
)
export type LoadTestHistory = Static<typeof LoadTestHistorySchema>

const shared = { service: 'loadTest', tag: 'load tests' } as const

export const loadComparisonEndpoints = {
  compareLoadTests: {
    ...shared,
    method: 'GET',
    path: '/api/loadtest/compare',
    role: 'viewer',
    summary: 'Compare two sets of load tests',
    description:
      'Says whether the runs of b are faster or slower than those of a, figure by figure, with intervals. Refuses to if the runs were not made in the same environment, and names what differs.',
    query: CompareQuerySchema,
    answers: { 200: LoadTestComparisonSchema }
  },
  loadTestHistory: {
    ...shared,
    method: 'GET',
    path: '/api/loadtest/history',
    role: 'viewer',
    summary: 'The history of one workload, with its changes',
    query: HistoryQuerySchema,
    answers: { 200: LoadTestHistorySchema }
  }
} as const satisfies Record<string, Endpoint>
