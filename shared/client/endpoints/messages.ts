import {
  EventQuerySchema,
  EventStatusSchema,
  FlushedSchema,
  HealthySchema,
  PublishEventSchema,
  PublishedEventSchema
} from '../../contracts/events.ts'
import { BrowseQuerySchema, MessagePageSchema, ProduceResultSchema, ProduceSchema } from '../../contracts/messages.ts'
import { DryRunQuerySchema } from '../../contracts/topics.ts'
import type { Endpoint } from '../endpoint.ts'

export const messagesEndpoints = {
  browseMessages: {
    service: 'admin',
    method: 'GET',
    path: '/api/topics/{topicName}/messages',
    query: BrowseQuerySchema,
    response: MessagePageSchema
  },
  produceMessages: {
    service: 'admin',
    method: 'POST',
    path: '/api/topics/{topicName}/messages',
    query: DryRunQuerySchema,
    body: ProduceSchema,
    response: ProduceResultSchema
  },
  eventStatus: { service: 'admin', method: 'GET', path: '/kafka/status', response: EventStatusSchema },
  publishEvent: {
    service: 'admin',
    method: 'POST',
    path: '/kafka/publish',
    query: EventQuerySchema,
    body: PublishEventSchema,
    response: PublishedEventSchema
  },
  flushEvents: {
    service: 'admin',
    method: 'POST',
    path: '/kafka/flush',
    query: EventQuerySchema,
    response: FlushedSchema
  },
  eventsHealthy: { service: 'admin', method: 'GET', path: '/healthz', response: HealthySchema }
} as const satisfies Record<string, Endpoint>
