import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { whatIfEndpoints } from '#shared/contracts/what-if.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { withMeasured } from '../domain/what-if/measured.ts'

export const whatIfRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...routeOf(whatIfEndpoints.whatIf),
    handler: async (request) =>
      withMeasured(app.whatIf.answer(await app.monitor.current(), request.query), app.drillWatch?.scorecard() ?? null)
  })
}
