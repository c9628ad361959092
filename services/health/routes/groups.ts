import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { groupHealthEndpoints } from '#shared/contracts/group-health.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { describeGroupHealth, listGroupHealth } from '../domain/groups/index.ts'

export const groupRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...routeOf(groupHealthEndpoints.groupsHealth),
    handler: async (request) => {
      const snapshot = await app.monitor.current()
      return listGroupHealth(snapshot, request.query)
    }
  })

  app.route({
    ...routeOf(groupHealthEndpoints.groupHealth),
    handler: async (request) => describeGroupHealth(await app.monitor.current(), request.params.group)
  })
}
