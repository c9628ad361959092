import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { drillEndpoints } from '#shared/contracts/drills.ts'
import { actorOf } from '#shared/http/audit-plugin.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { StateStreams } from './event-stream.ts'

export const drillRoutes: FastifyPluginAsyncTypebox<{ streams: StateStreams }> = async (app, { streams }) => {
  const { drills, capacity, gameDays, jobEnds } = app

  app.route({
    ...routeOf(drillEndpoints.startDrill),
    handler: async (request, reply) => {
      const { kind, node } = request.body
      request.audit({ target: node })
      capacity.assertNone()
      gameDays.assertNone()
      const drill = await drills.start(request.body)
      request.audit({ after: { id: drill.id, kind } })
      await jobEnds.watch({ id: drill.id, kind: 'drill', actor: actorOf(request), target: node })
      return reply.code(202).header('location', drill.links.self).send(drill)
    }
  })

  app.route({
    ...routeOf(drillEndpoints.listDrills),
    handler: async ({ query }) => {
      const { items, nextCursor } = drills.list({ limit: query.limit ?? 100, cursor: query.cursor })
      return { drills: items, ...(nextCursor === undefined ? {} : { nextCursor }) }
    }
  })

  app.route({
    ...routeOf(drillEndpoints.drill),
    handler: async ({ params }) => drills.get(params.id)
  })

  app.route({
    ...routeOf(drillEndpoints.cancelDrill),
    handler: async (request) => {
      const drill = await drills.cancel(request.params.id, 'Cancelled on request')
      request.audit({ target: drill.node, after: { id: drill.id, kind: drill.kind, status: drill.status } })
      return drill
    }
  })

  app.route({
    ...routeOf(drillEndpoints.watchDrill),
    handler: (request, reply) => {
      const { id } = request.params
      streams.open(reply, {
        current: drills.get(id),
        hasEnded,
        subscribe: (listener) => drills.subscribe(id, listener)
      })
    }
  })
}
