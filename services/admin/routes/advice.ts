import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { adviceEndpoints } from '#shared/contracts/advice.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { advisePartitions } from '../domain/advice/partitions.ts'

export const adviceRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...routeOf(adviceEndpoints.advisePartitions),
    handler: async (request) => advisePartitions(request.query)
  })
}
