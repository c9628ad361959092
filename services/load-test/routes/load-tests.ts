import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { loadTestEndpoints } from '#shared/contracts/load-test.ts'
import { actorOf } from '#shared/http/audit-plugin.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { StateStreams } from './event-stream.ts'

export interface LoadTestRoutesOptions {
  defaultTopic: string
  streams: StateStreams
}

const defaultEventCount = 10_000

export const loadTestRoutes: FastifyPluginAsyncTypebox<LoadTestRoutesOptions> = async (
  app,
  { defaultTopic, streams }
) => {
  const { loadTests, jobEnds } = app

  app.route({
    ...routeOf(loadTestEndpoints.runLoadTest),
    handler: async (request, reply) => {
      const { query, body } = request
      const topic = body?.topic ?? query.topic ?? defaultTopic
      request.audit({ target: topic })
      const run = await loadTests.start({
        eventCount: body?.eventCount ?? query.eventCount ?? defaultEventCount,
        topic
      })
      request.audit({ after: { id: run.id, eventCount: run.eventCount } })
      reply.header('location', run.links.self)
      if (query.wait === false) {
        await jobEnds.watch({ id: run.id, kind: 'loadtest', actor: actorOf(request), target: topic })
        return reply.code(202).send(run)
      }
      const ended = await loadTests.ended(run.id)
      request.audit({ after: { id: run.id, eventCount: run.eventCount, status: ended.status } })
      return ended
    }
  })

  app.route({
    ...routeOf(loadTestEndpoints.listLoadTests),
    handler: async ({ query }) => {
      const { items, nextCursor } = loadTests.list({ limit: query.limit ?? 100, cursor: query.cursor })
      return { runs: items, ...(nextCursor === undefined ? {} : { nextCursor }) }
    }
  })

  app.route({
    ...routeOf(loadTestEndpoints.loadTest),
    handler: async ({ params }) => loadTests.get(params.id)
  })

  app.route({
    ...routeOf(loadTestEndpoints.cancelLoadTest),
    handler: async ({ params }) => loadTests.cancel(params.id, 'Cancelled on request')
  })

  app.route({
    ...routeOf(loadTestEndpoints.watchLoadTest),
    handler: (request, reply) => {
      const { id } = request.params
      streams.open(reply, {
        current: loadTests.get(id),
        hasEnded,
        subscribe: (listener) => loadTests.subscribe(id, listener)
      })
    }
  })

  app.route({
    ...routeOf(loadTestEndpoints.loadTestStats),
    handler: async () => loadTests.stats()
  })

  app.route({
    ...routeOf(loadTestEndpoints.resetLoadTestStats),
    handler: async (request) => {
      request.audit({ before: { since: loadTests.stats().since } })
      const stats = await loadTests.reset()
      request.audit({ after: { since: stats.since } })
      return stats
    }
  })
}
