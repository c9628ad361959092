import { JobListQuerySchema } from '../../contracts/common.ts'
import { DrillListSchema, DrillSchema, StartDrillSchema } from '../../contracts/drills.ts'
import {
  LoadTestRunListSchema,
  LoadTestRunSchema,
  LoadTestStatsSchema,
  RunLoadTestBodySchema,
  RunLoadTestQuerySchema
} from '../../contracts/load-test.ts'
import type { Endpoint } from '../endpoint.ts'

export const loadTestEndpoints = {
  runLoadTest: {
    service: 'loadTest',
    method: 'POST',
    path: '/api/loadtest/run',
    query: RunLoadTestQuerySchema,
    body: RunLoadTestBodySchema,
    response: LoadTestRunSchema
  },
  listLoadTests: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/loadtest/runs',
    query: JobListQuerySchema,
    response: LoadTestRunListSchema
  },
  loadTest: { service: 'loadTest', method: 'GET', path: '/api/loadtest/runs/{id}', response: LoadTestRunSchema },
  cancelLoadTest: {
    service: 'loadTest',
    method: 'DELETE',
    path: '/api/loadtest/runs/{id}',
    response: LoadTestRunSchema
  },
  loadTestStats: { service: 'loadTest', method: 'GET', path: '/api/loadtest/stats', response: LoadTestStatsSchema },
  resetLoadTestStats: {
    service: 'loadTest',
    method: 'POST',
    path: '/api/loadtest/reset',
    response: LoadTestStatsSchema
  },
  startDrill: {
    service: 'loadTest',
    method: 'POST',
    path: '/api/drills',
    body: StartDrillSchema,
    response: DrillSchema
  },
  listDrills: {
    service: 'loadTest',
    method: 'GET',
    path: '/api/drills',
    query: JobListQuerySchema,
    response: DrillListSchema
  },
  drill: { service: 'loadTest', method: 'GET', path: '/api/drills/{id}', response: DrillSchema },
  cancelDrill: { service: 'loadTest', method: 'DELETE', path: '/api/drills/{id}', response: DrillSchema }
} as const satisfies Record<string, Endpoint>
