import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { loadBaselineEndpoints } from '#shared/contracts/load-baselines.ts'
import { loadComparisonEndpoints } from '#shared/contracts/load-comparison.ts'
import { routeOf } from '#shared/http/route-of.ts'

export const comparisonRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { comparisons } = app

  app.route({
    ...routeOf(loadComparisonEndpoints.compareLoadTests),
    handler: async ({ query }) => comparisons.compare(query)
  })

  app.route({
    ...routeOf(loadComparisonEndpoints.loadTestHistory),
    handler: async ({ query }) => comparisons.history(query)
  })

  app.route({
    ...routeOf(loadBaselineEndpoints.listBaselines),
    handler: async () => comparisons.listBaselines()
  })

  app.route({
    ...routeOf(loadBaselineEndpoints.baseline),
    handler: async ({ params }) => comparisons.baseline(params.name)
  })

  app.route({
    ...routeOf(loadBaselineEndpoints.saveBaseline),
    handler: async (request) => {
      request.audit({ target: request.params.name })
      return comparisons.saveBaseline(request.params.name, request.body.runs)
    }
  })

  app.route({
    ...routeOf(loadBaselineEndpoints.deleteBaseline),
    handler: async (request) => {
      request.audit({ target: request.params.name })
      const deleted = await comparisons.deleteBaseline(request.params.name)
      request.audit({ before: { runs: deleted.runs.map(({ id }) => id) } })
      return deleted
    }
  })
}
