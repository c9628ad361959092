import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problemResponses } from '#shared/contracts/common.ts'
import {
  EventQuerySchema,
  EventStatusSchema,
  FlushedSchema,
  HealthySchema,
  PublishEventSchema,
  PublishedEventSchema
} from '#shared/contracts/events.ts'
import { publishEvent } from '../domain/events/publish.ts'
import { eventStatus } from '../domain/events/status.ts'

export interface EventRoutesOptions {
  /** Where events go that name no topic. */
  defaultTopic: string
  /** Topics that nobody publishes to. */
  closedTopics: string[]
}

const tags = ['events']
/** How long Kafka may take to acknowledge an event, and a flush to see all of them acknowledged. */
const sendTimeoutMs = 10_000

/** The endpoints of the time service's event service. */
export const eventRoutes: FastifyPluginAsyncTypebox<EventRoutesOptions> = async (app, options) => {
  app.get(
    '/healthz',
    {
      schema: {
        'x-role': 'public',
        tags: ['service'],
        summary: 'Whether this process answers, as the time service says it',
        response: { 200: HealthySchema, ...problemResponses }
      },
      logLevel: 'warn'
    },
    async () => ({ status: 'healthy' as const })
  )

  app.get(
    '/kafka/status',
    {
      schema: {
        'x-role': 'viewer',
        tags,
        summary: 'How the producer and the consumer of events are',
        response: { 200: EventStatusSchema, ...problemResponses }
      }
    },
    async () => eventStatus(app.kafka.reader, app.events, app.timing)
  )

  app.post(
    '/kafka/publish',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'event.publish',
        tags,
        summary: 'Publish an event',
        description: 'Answers when all in-sync replicas have it.',
        querystring: EventQuerySchema,
        body: PublishEventSchema,
        response: { 200: PublishedEventSchema, ...problemResponses }
      }
    },
    async (request) => {
      const { event_type, topic = options.defaultTopic, key } = request.body
      // What it says is not the trail's business: it may be long, and personal.
      request.audit({ target: topic, after: { event_type, ...(key === undefined ? {} : { key }) } })
      return publishEvent(
        { reader: app.kafka.reader, producer: app.events.producer, meter: app.events.meter },
        request.body,
        { ...options, ...app.timing, sendTimeoutMs, dryRun: request.query.dryRun ?? false }
      )
    }
  )

  app.post(
    '/kafka/flush',
    {
      schema: {
        'x-role': 'operator',
        'x-audit': 'event.flush',
        tags,
        summary: 'Wait until every event that was published has been acknowledged, or has failed',
        querystring: EventQuerySchema,
        response: { 200: FlushedSchema, ...problemResponses }
      }
    },
    async (request) => {
      const { producer } = app.events
      const pending = producer.pending()
      request.audit({ target: 'producer' })
      if (request.query.dryRun) return { status: 'success' as const, message: 'Kafka producer not flushed', pending }
      await producer.flush({ deadlineMs: sendTimeoutMs })
      return { status: 'success' as const, message: 'Kafka producer flushed', pending }
    }
  )
}
