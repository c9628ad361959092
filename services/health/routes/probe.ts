import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { probeEndpoints } from '#shared/contracts/probe.ts'
import { routeOf } from '#shared/http/route-of.ts'

export const probeRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...routeOf(probeEndpoints.probe),
    handler: async () => app.probeReading()
  })
}
