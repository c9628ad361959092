import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { capacityEndpoints } from '#shared/contracts/capacity.ts'
import { capacityMeasurementEndpoints } from '#shared/contracts/capacity-measurement.ts'
import { actorOf } from '#shared/http/audit-plugin.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { hasEnded } from '#shared/jobs/jobs.ts'
import type { StateStreams } from './event-stream.ts'

const everyBroker = 'all brokers'

export const capacityRoutes: FastifyPluginAsyncTypebox<{ streams: StateStreams }> = async (app, { streams }) => {
  const { capacity, gameDays, jobEnds } = app

  app.route({
    ...routeOf(capacityEndpoints.capacity),
    handler: async () => capacity.answer()
  })

  app.route({
    ...routeOf(capacityMeasurementEndpoints.startCapacity),
    handler: async (request, reply) => {
      const target = (request.body.oneBrokerDown && request.body.node) || everyBroker
      request.audit({ target })
      gameDays.assertNone()
      const measurement = await capacity.start(request.body)
      request.audit({ after: { id: measurement.id } })
      await jobEnds.watch({ id: measurement.id, kind: 'capacity', actor: actorOf(request), target })
      return reply.code(202).header('location', measurement.links.self).send(measurement)
    }
  })

  app.route({
    ...routeOf(capacityMeasurementEndpoints.listCapacityMeasurements),
    handler: async ({ query }) => {
      const { items, nextCursor } = capacity.list({ limit: query.limit ?? 100, cursor: query.cursor })
      return { measurements: items, ...(nextCursor === undefined ? {} : { nextCursor }) }
    }
  })

  app.route({
    ...routeOf(capacityMeasurementEndpoints.capacityMeasurement),
    handler: async ({ params }) => capacity.get(params.id)
  })

  app.route({
    ...routeOf(capacityMeasurementEndpoints.cancelCapacity),
    handler: async (request) => {
      const measurement = await capacity.cancel(request.params.id, 'Cancelled on request')
      request.audit({
        target: measurement.node ?? everyBroker,
        after: { id: measurement.id, status: measurement.status }
      })
      return measurement
    }
  })

  app.route({
    ...routeOf(capacityMeasurementEndpoints.watchCapacity),
    handler: (request, reply) => {
      const { id } = request.params
      streams.open(reply, {
        current: capacity.get(id),
        hasEnded,
        subscribe: (listener) => capacity.subscribe(id, listener)
      })
    }
  })
}
