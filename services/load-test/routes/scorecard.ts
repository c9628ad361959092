import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { scorecardEndpoints } from '#shared/contracts/drill-scorecard.ts'
import { routeOf } from '#shared/http/route-of.ts'
import type { ReadScorecard } from '../domain/drills/scorecard.ts'

export const scorecardRoutes: FastifyPluginAsyncTypebox<{ read: ReadScorecard }> = async (app, { read }) => {
  app.route({ ...routeOf(scorecardEndpoints.scorecard), handler: () => read(new AbortController().signal) })
}
