import {
  BrokerConfigListSchema,
  BrokerConfigPatchSchema,
  BrokerConfigPlanSchema,
  BrokerDetailSchema,
  BrokerListSchema
} from '../../contracts/brokers.ts'
import { ElectionRequestSchema, ElectionResultSchema } from '../../contracts/elections.ts'
import {
  CancelQuerySchema,
  CancelResultSchema,
  ReassignmentListQuerySchema,
  ReassignmentListSchema
} from '../../contracts/reassignment-progress.ts'
import {
  DrainRequestSchema,
  PlanRequestSchema,
  ReassignmentPlanSchema,
  ReassignmentRequestSchema,
  ReassignmentResultSchema,
  RefillRequestSchema
} from '../../contracts/reassignments.ts'
import { DryRunQuerySchema } from '../../contracts/topics.ts'
import type { Endpoint } from '../endpoint.ts'

export const brokersEndpoints = {
  listBrokers: { service: 'admin', method: 'GET', path: '/api/brokers', response: BrokerListSchema },
  describeBroker: { service: 'admin', method: 'GET', path: '/api/brokers/{brokerId}', response: BrokerDetailSchema },
  listDefaultBrokerConfigs: {
    service: 'admin',
    method: 'GET',
    path: '/api/brokers/default/configs',
    response: BrokerConfigListSchema
  },
  listBrokerConfigs: {
    service: 'admin',
    method: 'GET',
    path: '/api/brokers/{brokerId}/configs',
    response: BrokerConfigListSchema
  },
  alterDefaultBrokerConfigs: {
    service: 'admin',
    method: 'PATCH',
    path: '/api/brokers/default/configs',
    query: DryRunQuerySchema,
    body: BrokerConfigPatchSchema,
    response: BrokerConfigPlanSchema
  },
  alterBrokerConfigs: {
    service: 'admin',
    method: 'PATCH',
    path: '/api/brokers/{brokerId}/configs',
    query: DryRunQuerySchema,
    body: BrokerConfigPatchSchema,
    response: BrokerConfigPlanSchema
  },
  electLeaders: {
    service: 'admin',
    method: 'POST',
    path: '/api/elections',
    query: DryRunQuerySchema,
    body: ElectionRequestSchema,
    response: ElectionResultSchema
  },
  planReassignment: {
    service: 'admin',
    method: 'POST',
    path: '/api/reassignments/plan',
    body: PlanRequestSchema,
    response: ReassignmentPlanSchema
  },
  reassign: {
    service: 'admin',
    method: 'POST',
    path: '/api/reassignments',
    query: DryRunQuerySchema,
    body: ReassignmentRequestSchema,
    response: ReassignmentResultSchema
  },
  listReassignments: {
    service: 'admin',
    method: 'GET',
    path: '/api/reassignments',
    query: ReassignmentListQuerySchema,
    response: ReassignmentListSchema
  },
  cancelReassignments: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/reassignments',
    query: CancelQuerySchema,
    response: CancelResultSchema
  },
  drainBroker: {
    service: 'admin',
    method: 'POST',
    path: '/api/brokers/{brokerId}/drain',
    query: DryRunQuerySchema,
    body: DrainRequestSchema,
    response: ReassignmentResultSchema
  },
  refillBroker: {
    service: 'admin',
    method: 'POST',
    path: '/api/brokers/{brokerId}/refill',
    query: DryRunQuerySchema,
    body: RefillRequestSchema,
    response: ReassignmentResultSchema
  }
} as const satisfies Record<string, Endpoint>
