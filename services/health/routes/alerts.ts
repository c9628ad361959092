import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { alertEndpoints } from '#shared/contracts/alerts.ts'
import { routeOf } from '#shared/http/route-of.ts'

export const alertRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...routeOf(alertEndpoints.alerts),
    handler: async (request) => {
      await app.alertWatch?.ready()
      const list = app.alertBook.list(request.query)
      const warning = app.alertWatch?.maintenance().warning
      return warning ? { ...list, warnings: [...list.warnings, warning] } : list
    }
  })

  app.route({
    ...routeOf(alertEndpoints.notifyAlerts),
    logLevel: 'warn',
    handler: async (request) => {
      const receipt = app.alertBook.receive(request.body)
      app.alertWatch?.prompt()
      return receipt
    }
  })
}
