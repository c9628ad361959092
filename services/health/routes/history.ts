import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { healthHistoryEndpoints } from '#shared/contracts/health-history.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { readHistory } from '../domain/history/read-history.ts'

const deadlineMs = 5000

export const historyRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...routeOf(healthHistoryEndpoints.healthHistory),
    handler: async (request) => readHistory(request.query, { ...app.history, now: app.history.clock.now(), deadlineMs })
  })
}
