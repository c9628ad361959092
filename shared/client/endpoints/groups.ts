import {
  DeleteOffsetsQuerySchema,
  ForgetPlanSchema,
  GroupDetailSchema,
  GroupListQuerySchema,
  GroupListSchema,
  ResetOffsetsSchema,
  ResetPlanSchema
} from '../../contracts/groups.ts'
import { DryRunQuerySchema } from '../../contracts/topics.ts'
import type { Endpoint } from '../endpoint.ts'

export const groupsEndpoints = {
  listGroups: {
    service: 'admin',
    method: 'GET',
    path: '/api/groups',
    query: GroupListQuerySchema,
    response: GroupListSchema
  },
  describeGroup: { service: 'admin', method: 'GET', path: '/api/groups/{group}', response: GroupDetailSchema },
  resetOffsets: {
    service: 'admin',
    method: 'POST',
    path: '/api/groups/{group}/reset-offsets',
    query: DryRunQuerySchema,
    body: ResetOffsetsSchema,
    response: ResetPlanSchema
  },
  deleteGroup: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/groups/{group}',
    query: DryRunQuerySchema,
    response: ForgetPlanSchema
  },
  deleteGroupOffsets: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/groups/{group}/offsets',
    query: DeleteOffsetsQuerySchema,
    response: ForgetPlanSchema
  }
} as const satisfies Record<string, Endpoint>
