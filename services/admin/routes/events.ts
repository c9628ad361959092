import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { eventEndpoints } from '#shared/contracts/events.ts'
import { routeOf } from '#shared/http/route-of.ts'
import { describeCaller, type Pod } from '../domain/events/main.ts'
import { publishEvent } from '../domain/events/publish.ts'
import { eventStatus } from '../domain/events/status.ts'

export interface EventRoutesOptions {
  /** Destination of events that name no topic. */
  defaultTopic: string
  pod: Pod
}

/** How long Kafka may take to acknowledge an event, and a flush to see all of them acknowledged. */
const sendTimeoutMs = 10_000

/** The endpoints of the time service's event service. */
export const eventRoutes: FastifyPluginAsyncTypebox<EventRoutesOptions> = async (app, options) => {
  const { reserved, policies } = app.topics.ports
  app.route({
    ...routeOf(eventEndpoints.main),
    handler: async (request, reply) => {
      reply.header('vary', 'accept')
      return describeCaller(request.ips ?? [request.ip], options.pod, app.timing.now())
    }
  })

  app.route({
    ...routeOf(eventEndpoints.eventsHealthy),
    logLevel: 'warn',
    handler: async () => ({ status: 'healthy' as const })
  })

  app.route({
    ...routeOf(eventEndpoints.eventStatus),
    handler: async () => eventStatus(app.kafka.reader, app.events, app.timing)
  })

  app.route({
    ...routeOf(eventEndpoints.publishEvent),
    handler: async (request) => {
      const { event_type, topic = options.defaultTopic, key } = request.body
      // The trail does not contain the event's content, which may be long and personal.
      request.audit({ target: topic, after: { event_type, ...(key === undefined ? {} : { key }) } })
      return publishEvent(
        { reader: app.kafka.reader, producer: app.events.producer, meter: app.events.meter },
        request.body,
        { ...options, ...app.timing, reserved, policies, sendTimeoutMs, dryRun: request.query.dryRun ?? false }
      )
    }
  })

  app.route({
    ...routeOf(eventEndpoints.flushEvents),
    handler: async (request) => {
      const { producer, publisher } = app.events
      const pending = producer.pending() + publisher.pending()
      request.audit({ target: 'producer' })
      if (request.query.dryRun) return { status: 'success' as const, message: 'Kafka producer not flushed', pending }
      const deadline = { deadlineMs: sendTimeoutMs }
      await Promise.all([producer.flush(deadline), publisher.flush(deadline)])
      return { status: 'success' as const, message: 'Kafka producer flushed', pending }
    }
  })
}
