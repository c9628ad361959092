import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { scorecardEndpoints } from '#shared/contracts/drill-scorecard.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { ReadScorecard } from '../domain/drills/scorecard.ts'

export const scorecardRoutes: FastifyPluginAsyncTypebox<{ read: ReadScorecard }> = async (app, { read }) => {
  app.route({
    ...routeOf(scorecardEndpoints.runningDrill),
    handler: async () => {
      const [newest] = app.drills.list({ limit: 1 }).items
      if (!newest || hasEnded(newest)) return { drill: null }
      const { id, kind, node, status, createdAt } = newest
      return { drill: { id, kind, node, status, createdAt } }
    }
  })
  app.route({ ...routeOf(scorecardEndpoints.scorecard), handler: () => read(new AbortController().signal) })
}
