import {
  AlertListSchema,
  AlertNotificationSchema,
  AlertQuerySchema,
  AlertReceiptSchema
} from '../../contracts/alerts.ts'
import {
  GroupHealthDetailSchema,
  GroupHealthListQuerySchema,
  GroupHealthListSchema
} from '../../contracts/group-health.ts'
import {
  ClusterHealthSchema,
  ClusterStatusSummarySchema,
  TopicHealthListQuerySchema,
  TopicHealthListSchema
} from '../../contracts/health.ts'
import { HistoryQuerySchema, HistorySchema } from '../../contracts/health-history.ts'
import { ProbeReadingSchema } from '../../contracts/probe.ts'
import type { Endpoint } from '../endpoint.ts'

export const healthEndpoints = {
  health: { service: 'health', method: 'GET', path: '/api/health', response: ClusterHealthSchema },
  healthStatus: { service: 'health', method: 'GET', path: '/api/health/status', response: ClusterStatusSummarySchema },
  topicsHealth: {
    service: 'health',
    method: 'GET',
    path: '/api/health/topics',
    query: TopicHealthListQuerySchema,
    response: TopicHealthListSchema
  },
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
  healthHistory: {
    service: 'health',
    method: 'GET',
    path: '/api/health/history',
    query: HistoryQuerySchema,
    response: HistorySchema
  },
  alerts: { service: 'health', method: 'GET', path: '/api/alerts', query: AlertQuerySchema, response: AlertListSchema },
  notifyAlerts: {
    service: 'health',
    method: 'POST',
    path: '/api/alerts/webhook',
    body: AlertNotificationSchema,
    response: AlertReceiptSchema
  },
  probe: { service: 'health', method: 'GET', path: '/api/health/probe', response: ProbeReadingSchema }
} as const satisfies Record<string, Endpoint>
