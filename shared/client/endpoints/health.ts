import { ClusterHealthSchema, ClusterStatusSummarySchema } from '../../contracts/health.ts'
import { ProbeReadingSchema } from '../../contracts/probe.ts'
import type { Endpoint } from '../endpoint.ts'

export const healthEndpoints = {
  health: { service: 'health', method: 'GET', path: '/api/health', response: ClusterHealthSchema },
  healthStatus: { service: 'health', method: 'GET', path: '/api/health/status', response: ClusterStatusSummarySchema },
  probe: { service: 'health', method: 'GET', path: '/api/health/probe', response: ProbeReadingSchema }
} as const satisfies Record<string, Endpoint>
