import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { maintenanceEndpoints } from '#shared/contracts/maintenance.ts'
import { KopsError } from '#shared/errors/catalog.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { endMaintenance, listMaintenance, type MaintenancePorts, startMaintenance } from '../domain/maintenance.ts'

export interface MaintenanceRoutesOptions {
  labels: MaintenancePorts['labels']
}

/** Routes for maintenance windows. Without Alertmanager, all of them answer 409 alertmanager_not_configured. */
export const maintenanceRoutes: FastifyPluginAsyncTypebox<MaintenanceRoutesOptions> = async (app, { labels }) => {
  function ports(): MaintenancePorts {
    const { alertmanager } = app
    if (alertmanager) return { alertmanager, labels, now: () => new Date() }
    throw new KopsError('alertmanager_not_configured', 'admin-service has no KOPS_ALERTMANAGER_URL')
  }

  app.route({
    ...routeOf(maintenanceEndpoints.listMaintenance),
    handler: async () => listMaintenance(ports())
  })

  app.route({
    ...routeOf(maintenanceEndpoints.startMaintenance),
    handler: async (request, reply) => {
      const { dryRun = false } = request.query
      const { reason, node } = request.body
      request.audit({ target: node ?? 'cluster', reason, after: request.body })
      const by = request.principal?.name ?? 'anonymous'
      const plan = await startMaintenance(ports(), request.body, { by, dryRun })
      request.audit({ after: plan.window })
      if (!dryRun) reply.code(201)
      return plan
    }
  })

  app.route({
    ...routeOf(maintenanceEndpoints.endMaintenance),
    handler: async (request) => {
      const { dryRun = false } = request.query
      request.audit({ target: request.params.id, after: null })
      return endMaintenance(ports(), request.params.id, {
        dryRun,
        seen: (before) => request.audit({ before })
      })
    }
  })
}
