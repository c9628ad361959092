import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { healthEndpoints } from '#shared/contracts/health.ts'
import { topicHealthEndpoints } from '#shared/contracts/topic-health.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { listTopicHealth } from '../domain/list-topics.ts'

export const healthRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...routeOf(healthEndpoints.health),
    handler: async () => {
      const { health } = await app.monitor.current()
      if (!app.alertWatch) return health
      const { windows, warning } = app.alertWatch.maintenance()
      return { ...health, maintenance: windows, warnings: [...health.warnings, ...(warning ? [warning] : [])] }
    }
  })

  app.route({
    ...routeOf(healthEndpoints.healthStatus),
    handler: async () => {
      const { status, reasons, asOf } = (await app.monitor.current()).health
      return { status, reasons, asOf }
    }
  })

  app.route({
    ...routeOf(topicHealthEndpoints.topicsHealth),
    handler: async (request) => listTopicHealth((await app.monitor.current()).health, request.query)
  })
}
