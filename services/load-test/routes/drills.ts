import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { StartDrill } from '#shared/contracts/drill-request.ts'
import { drillEndpoints } from '#shared/contracts/drills.ts'
import { actorOf } from '#shared/http/audit-plugin.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import { writtenTopics } from '../domain/drills/plan.ts'
import { topicNote } from '../domain/drills/topic.ts'
import type { StateStreams } from './event-stream.ts'

export const drillRoutes: FastifyPluginAsyncTypebox<{ streams: StateStreams }> = async (app, { streams }) => {
  const { drills, gameDays, jobEnds, loadTests } = app

  /** Topics that are not the callers' get no records, also not those of the load beside a drill. */
  const assertWritable = (request: StartDrill) => {
    for (const topic of writtenTopics(request)) loadTests.assertWritable(topic)
  }

  app.route({
    ...routeOf(drillEndpoints.startDrill),
    handler: async (request, reply) => {
      const { body } = request
      if (body.node !== undefined) request.audit({ target: body.node })
      assertWritable(body)
      if (body.dryRun) return reply.send(await drills.plan(body))
      gameDays.assertNone()
      const drill = await drills.start(body)
      const { id, kind, node } = drill
      request.audit({ target: node, after: { id, kind, ...topicNote(body) } })
      await jobEnds.watch({ id, kind: 'drill', actor: actorOf(request), target: node })
      return reply.code(202).header('location', drill.links.self).send(drill)
    }
  })

  app.route({
    ...routeOf(drillEndpoints.planDrill),
    handler: ({ body }) => {
      assertWritable(body)
      return drills.plan(body)
    }
  })

  app.route({
    ...routeOf(drillEndpoints.drillKinds),
    handler: () => drills.kinds()
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

  for (const endpoint of [drillEndpoints.cancelDrill, drillEndpoints.abortDrill]) {
    app.route({
      ...routeOf(endpoint),
      handler: async (request) => {
        const drill = await drills.cancel(request.params.id, 'Cancelled on request')
        request.audit({
          target: drill.node,
          after: { id: drill.id, kind: drill.kind, ...topicNote(drill.request), status: drill.status }
        })
        return drill
      }
    })
  }

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
