import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { loadPlanEndpoints, type ReadyWorkloads } from '#shared/contracts/load-plan.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { resolveWorkload, type WorkloadLimits } from '../domain/load/resolve-workload.ts'

export interface LoadPlanRoutesOptions {
  defaultTopic: string
  limits: WorkloadLimits
  readyWorkloads: () => Promise<ReadyWorkloads['workloads']>
}

export const loadPlanRoutes: FastifyPluginAsyncTypebox<LoadPlanRoutesOptions> = async (app, options) => {
  const { defaultTopic, limits, readyWorkloads } = options
  const { loadTests, capacity } = app

  app.route({
    ...routeOf(loadPlanEndpoints.readyWorkloads),
    handler: async () => ({ workloads: await readyWorkloads() })
  })

  app.route({
    ...routeOf(loadPlanEndpoints.planLoadTest),
    handler: async (request) => {
      const { topic } = request.body
      if (topic.kind === 'existing') loadTests.assertWritable(topic.name)
      return loadTests.plan(resolveWorkload(request.body, { defaultTopic, limits }), [
        { name: 'no-measurement', limit: 'no measurement of the capacity', check: async () => capacity.assertNone() }
      ])
    }
  })
}
