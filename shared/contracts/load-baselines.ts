import { type Static, Type } from 'typebox'
import { TimestampSchema } from './common.ts'
import { ComparedRunSchema, exampleIds, mostRuns, RunIdSchema, runId, WorkloadNameSchema } from './compared-runs.ts'
import type { Endpoint } from './endpoint.ts'

const BaselineNameSchema = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$', examples: ['release-1-4'] })

/** A named set of runs, which stays when its runs are forgotten. */
export const BaselineSchema = Type.Object(
  {
    id: BaselineNameSchema,
    savedAt: TimestampSchema,
    runs: Type.Array(ComparedRunSchema, { description: 'Oldest first' })
  },
  { $id: 'Baseline', additionalProperties: false }
)
export type Baseline = Static<typeof BaselineSchema>

export const BaselineListSchema = Type.Object(
  {
    baselines: Type.Array(
      Type.Object(
        {
          id: BaselineNameSchema,
          savedAt: TimestampSchema,
          workload: WorkloadNameSchema,
          runs: Type.Array(RunIdSchema, { description: 'Their ids' })
        },
        { additionalProperties: false }
      ),
      { description: 'By name' }
    )
  },
  { $id: 'BaselineList', additionalProperties: false }
)
export type BaselineList = Static<typeof BaselineListSchema>

const BaselineParamsSchema = Type.Object({ name: BaselineNameSchema }, { additionalProperties: false })

export const SaveBaselineSchema = Type.Object(
  {
    runs: Type.Array(Type.String({ pattern: `^${runId}$`, examples: exampleIds }), {
      minItems: 1,
      maxItems: mostRuns,
      description: 'Ids of completed runs of one workload in one environment'
    })
  },
  { additionalProperties: false }
)
export type SaveBaseline = Static<typeof SaveBaselineSchema>

const shared = { service: 'loadTest', tag: 'load tests' } as const

export const loadBaselineEndpoints = {
  listBaselines: {
    ...shared,
    method: 'GET',
    path: '/api/loadtest/baselines',
    role: 'viewer',
    summary: 'List the saved baselines',
    answers: { 200: BaselineListSchema }
  },
  baseline: {
    ...shared,
    method: 'GET',
    path: '/api/loadtest/baselines/{name}',
    role: 'viewer',
    summary: 'One baseline',
    params: BaselineParamsSchema,
    answers: { 200: BaselineSchema }
  },
  saveBaseline: {
    ...shared,
    method: 'PUT',
    path: '/api/loadtest/baselines/{name}',
    role: 'operator',
    audit: 'loadtest.save-baseline',
    summary: 'Save runs as a baseline, or replace it',
    params: BaselineParamsSchema,
    body: SaveBaselineSchema,
    answers: { 200: BaselineSchema }
  },
  deleteBaseline: {
    ...shared,
    method: 'DELETE',
    path: '/api/loadtest/baselines/{name}',
    role: 'operator',
    audit: 'loadtest.delete-baseline',
    summary: 'Delete a baseline',
    params: BaselineParamsSchema,
    answers: { 200: BaselineSchema }
  }
} as const satisfies Record<string, Endpoint>
