import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { scorecardEndpoints } from '#shared/contracts/drill-scorecard.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { isUnderWay } from '../domain/drills/drill-record.ts'
import type { ReadScorecard } from '../domain/drills/scorecard.ts'

export const scorecardRoutes: FastifyPluginAsyncTypebox<{ read: ReadScorecard }> = async (app, { read }) => {
  app.route({
    ...routeOf(scorecardEndpoints.runningDrill),
    handler: async () => {
      const running = app.drills.all().find(isUnderWay)
      if (!running) return { drill: null }
      const { id, kind, node, status, createdAt } = running
      return { drill: { id, kind, node, status, createdAt } }
    }
  })
  app.route({ ...routeOf(scorecardEndpoints.scorecard), handler: () => read(new AbortController().signal) })
}
