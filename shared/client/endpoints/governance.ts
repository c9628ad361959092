import {
  AclListQuerySchema,
  AclListSchema,
  AclPlanSchema,
  ChangeAclsQuerySchema,
  CreateAclsSchema,
  DeleteAclsQuerySchema
} from '../../contracts/acls.ts'
import { AuditListSchema, AuditQuerySchema } from '../../contracts/audit.ts'
import {
  ApplyCatalogQuerySchema,
  CatalogResultSchema,
  CatalogSchema,
  PlanCatalogQuerySchema
} from '../../contracts/catalog.ts'
import { MaintenanceListSchema, MaintenancePlanSchema, StartMaintenanceSchema } from '../../contracts/maintenance.ts'
import { DryRunQuerySchema } from '../../contracts/topics.ts'
import type { Endpoint } from '../endpoint.ts'

export const governanceEndpoints = {
  planCatalog: {
    service: 'admin',
    method: 'POST',
    path: '/api/catalog/plan',
    query: PlanCatalogQuerySchema,
    body: CatalogSchema,
    response: CatalogResultSchema
  },
  applyCatalog: {
    service: 'admin',
    method: 'POST',
    path: '/api/catalog/apply',
    query: ApplyCatalogQuerySchema,
    body: CatalogSchema,
    response: CatalogResultSchema
  },
  listAcls: { service: 'admin', method: 'GET', path: '/api/acls', query: AclListQuerySchema, response: AclListSchema },
  createAcls: {
    service: 'admin',
    method: 'POST',
    path: '/api/acls',
    query: ChangeAclsQuerySchema,
    body: CreateAclsSchema,
    response: AclPlanSchema
  },
  deleteAcls: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/acls',
    query: DeleteAclsQuerySchema,
    response: AclPlanSchema
  },
  listMaintenance: {
    service: 'admin',
    method: 'GET',
    path: '/api/maintenance',
    response: MaintenanceListSchema
  },
  startMaintenance: {
    service: 'admin',
    method: 'POST',
    path: '/api/maintenance',
    query: DryRunQuerySchema,
    body: StartMaintenanceSchema,
    response: MaintenancePlanSchema
  },
  endMaintenance: {
    service: 'admin',
    method: 'DELETE',
    path: '/api/maintenance/{id}',
    query: DryRunQuerySchema,
    response: MaintenancePlanSchema
  },
  searchAudit: {
    service: 'admin',
    method: 'GET',
    path: '/api/audit',
    query: AuditQuerySchema,
    response: AuditListSchema
  }
} as const satisfies Record<string, Endpoint>
