import { type Static, Type } from 'typebox'
import type { Endpoint } from './endpoint.ts'
import { GuardResultSchema } from './guard-result.ts'
import { WorkloadSchema } from './workload.ts'

const nullable = Type.Union([Type.Number(), Type.Null()])

/** What a load test would do, and whether it could start now. */
export const LoadTestPlanSchema = Type.Object(
  {
    workload: { ...WorkloadSchema, $id: undefined, description: 'With every default and the settings of its profile' },
    seconds: { ...nullable, description: 'For which records are due; null: only the cluster knows' },
    records: { ...nullable, description: 'That are due; null: only the cluster knows, or it is a search' },
    valueBytes: { ...nullable, description: 'Of their values, about, before compression and replication' },
    guards: Type.Array(GuardResultSchema, { description: 'What has to pass when it starts; it is checked again then' }),
    canStart: Type.Boolean({ description: 'Every guard passes now' })
  },
  { $id: 'LoadTestPlan', additionalProperties: false }
)
export type LoadTestPlan = Static<typeof LoadTestPlanSchema>

export const ReadyWorkloadsSchema = Type.Object(
  {
    workloads: Type.Array(
      Type.Object(
        {
          name: Type.String({ examples: ['steady'] }),
          question: Type.String({ description: 'What it answers; empty if its file does not say' }),
          workload: { ...WorkloadSchema, $id: undefined }
        },
        { additionalProperties: false }
      ),
      { description: 'By name' }
    )
  },
  {
    $id: 'ReadyWorkloads',
    additionalProperties: false,
    examples: [
      {
        workloads: [
          {
            name: 'steady',
            question: 'A minute at a rate that every cluster should sustain.',
            workload: {
              name: 'steady',
              topic: { kind: 'temporary', partitions: 12, replicationFactor: 3 },
              rate: { kind: 'constant', perSecond: 2000 },
              durationSeconds: 60
            }
          }
        ]
      }
    ]
  }
)
export type ReadyWorkloads = Static<typeof ReadyWorkloadsSchema>

const shared = { service: 'loadTest', tag: 'load tests', role: 'viewer' } as const

export const loadPlanEndpoints = {
  readyWorkloads: {
    ...shared,
    method: 'GET',
    path: '/api/loadtest/workloads',
    summary: 'List the ready workloads',
    description: 'Those of the folder `KOPS_LOAD_WORKLOADS`, as `kops load workloads` lists them.',
    answers: { 200: ReadyWorkloadsSchema }
  },
  planLoadTest: {
    ...shared,
    method: 'POST',
    path: '/api/loadtest/plan',
    wholeCluster: true,
    audit: 'loadtest.plan',
    changesNothing: true,
    summary: 'Plan a workload',
    description: 'Shows what a load test would do and checks what would refuse it, without starting anything.',
    body: WorkloadSchema,
    answers: { 200: LoadTestPlanSchema }
  }
} as const satisfies Record<string, Endpoint>
