import { ClusterHealthSchema, ClusterStatusSummarySchema } from '../../contracts/health.ts'
import type { Endpoint } from '../endpoint.ts'

export const healthEndpoints = {
  health: { service: 'health', method: 'GET', path: '/api/health', response: ClusterHealthSchema },
  healthStatus: { service: 'health', method: 'GET', path: '/api/health/status', response: ClusterStatusSummarySchema }
} as const satisfies Record<string, Endpoint>
