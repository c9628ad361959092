import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problemResponses } from '#shared/contracts/common.ts'
import {
  MaintenanceListSchema,
  MaintenanceParamsSchema,
  MaintenancePlanSchema,
  StartMaintenanceSchema
} from '#shared/contracts/maintenance.ts'
import { DryRunQuerySchema } from '#shared/contracts/topics.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { endMaintenance, listMaintenance, type MaintenancePorts, startMaintenance } from '../domain/maintenance.ts'
import { NoQuerySchema } from './topics.ts'

export interface MaintenanceRoutesOptions {
  /** undefined: no Alertmanager is configured. */
  alertmanager: (MaintenancePorts['alertmanager'] & { close(): Promise<void> }) | undefined
  labels: MaintenancePorts['labels']
}

const tags = ['maintenance']

/** Routes on maintenance windows. Without an Alertmanager all of them answer 409 alertmanager_not_configured. */
export const maintenanceRoutes: FastifyPluginAsyncTypebox<MaintenanceRoutesOptions> = async (
  app,
  { alertmanager, labels }
) => {
  app.addHook('onClose', async () => alertmanager?.close())

  function ports(): MaintenancePorts {
    if (alertmanager) return { alertmanager, labels, now: () => new Date() }
    throw new KopsError('alertmanager_not_configured', 'admin-service has no KOPS_ALERTMANAGER_URL')
  }

  app.get(
    '/api/maintenance',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'List the maintenance windows that go on',
        description: 'Silences of Alertmanager that hold back alerts of this cluster, whoever made them.',
        querystring: NoQuerySchema,
        response: { 200: MaintenanceListSchema, ...problemResponses }
      }
    },
    async () => listMaintenance(ports())
  )

  app.post(
    '/api/maintenance',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'maintenance.start',
        tags,
        summary: 'Start a maintenance window: nobody is notified of alerts while it goes on',
        description:
          'A silence in Alertmanager of this caller, which ends by itself. Alerts still fire, are marked at GET /api/alerts of ' +
          'health-service, and the status of the cluster stays what it is. One that still fires at the end is notified then.',
        querystring: DryRunQuerySchema,
        body: StartMaintenanceSchema,
        response: {
          200: { ...MaintenancePlanSchema, description: 'What would be held back (dryRun)' },
          201: { ...MaintenancePlanSchema, description: 'The window has started' },
          ...problemResponses
        }
      }
    },
    async (request, reply) => {
      const { dryRun = false } = request.query
      const { reason, node } = request.body
      request.audit({ target: node ?? 'cluster', reason, after: request.body })
      const by = request.principal?.name ?? 'anonymous'
      const plan = await startMaintenance(ports(), request.body, { by, dryRun })
      request.audit({ after: plan.window })
      if (!dryRun) reply.code(201)
      return plan
    }
  )

  app.delete(
    '/api/maintenance/:id',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'maintenance.end',
        tags,
        summary: 'End a maintenance window now',
        description: 'Alerts that still fire are notified.',
        params: MaintenanceParamsSchema,
        querystring: DryRunQuerySchema,
        response: { 200: MaintenancePlanSchema, ...problemResponses }
      }
    },
    async (request) => {
      const { dryRun = false } = request.query
      request.audit({ target: request.params.id, after: null })
      return endMaintenance(ports(), request.params.id, {
        dryRun,
        seen: (before) => request.audit({ before })
      })
    }
  )
}
