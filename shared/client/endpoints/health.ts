import {
  GroupHealthDetailSchema,
  GroupHealthListQuerySchema,
  GroupHealthListSchema
} from '../../contracts/group-health.ts'
import { ClusterHealthSchema, ClusterStatusSummarySchema } from '../../contracts/health.ts'
import { ProbeReadingSchema } from '../../contracts/probe.ts'
import type { Endpoint } from '../endpoint.ts'

export const healthEndpoints = {
  health: { service: 'health', method: 'GET', path: '/api/health', response: ClusterHealthSchema },
  healthStatus: { service: 'health', method: 'GET', path: '/api/health/status', response: ClusterStatusSummarySchema },
  groupsHealth: {
    service: 'health',
    method: 'GET',
    path: '/api/health/groups',
    query: GroupHealthListQuerySchema,
    response: GroupHealthListSchema
  },
  groupHealth: {
    service: 'health',
    method: 'GET',
    path: '/api/health/groups/{group}',
    response: GroupHealthDetailSchema
  },
  probe: { service: 'health', method: 'GET', path: '/api/health/probe', response: ProbeReadingSchema }
} as const satisfies Record<string, Endpoint>
