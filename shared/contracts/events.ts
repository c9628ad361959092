import { type Static, Type } from 'typebox'
import { TimestampSchema, TopicNameSchema, WarningSchema } from './common.ts'
import { type Endpoint, secret } from './endpoint.ts'

// The fields of these endpoints are in snake_case, for compatibility with the time service's event service.

const eventType = Type.String({ minLength: 1, maxLength: 200, examples: ['http_request'] })
const data = Type.Record(Type.String(), Type.Unknown(), {
  maxProperties: 10_000,
  examples: [{ user_id: '123', action: 'login' }]
})

/** An event in a topic: the value of a record, as JSON. */
export const EventSchema = Type.Object(
  { timestamp: TimestampSchema, event_type: eventType, data },
  { $id: 'Event', additionalProperties: true }
)
export type Event = Static<typeof EventSchema>

/** `POST /kafka/publish`. */
export const PublishEventSchema = Type.Object(
  {
    event_type: eventType,
    data: secret(data),
    topic: Type.Optional({ ...TopicNameSchema, description: 'Defaults to the topic of events' }),
    key: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1000,
        description: 'Events with the same key keep their order; for example a user id'
      })
    )
  },
  { $id: 'PublishEvent', additionalProperties: false }
)
export type PublishEvent = Static<typeof PublishEventSchema>

export const EventQuerySchema = Type.Object(
  {
    dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Validate everything without sending anything' }))
  },
  { additionalProperties: false }
)

export const PublishedEventSchema = Type.Object(
  {
    status: Type.Literal('success'),
    message: Type.String({ examples: ["Event 'http_request' published to Kafka"] }),
    event: Type.Object({ event_type: eventType, data }, { additionalProperties: false }),
    topic: Type.String({ examples: ['log-events'] }),
    partition: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Partition it was written to; absent in a dry run' })
    ),
    offset: Type.Optional(Type.Integer({ minimum: 0 }))
  },
  { $id: 'PublishedEvent', additionalProperties: false }
)
export type PublishedEvent = Static<typeof PublishedEventSchema>

export const FlushedSchema = Type.Object(
  {
    status: Type.Literal('success'),
    message: Type.String({ examples: ['Kafka producer flushed'] }),
    pending: Type.Integer({ minimum: 0, description: 'Events in flight at the time of the request' })
  },
  { $id: 'Flushed', additionalProperties: false }
)
export type Flushed = Static<typeof FlushedSchema>

export const EventStatusSchema = Type.Object(
  {
    kafka_producer: Type.Enum(['connected', 'disconnected']),
    kafka_consumer: Type.Enum(['running', 'starting', 'idle', 'disconnected'], {
      description:
        'running: a member of its group; idle: none of its topics exists, and it checks again at intervals; disconnected: the cluster does not answer'
    }),
    consumer_topics: Type.Array(Type.String({ examples: ['time-service-events'] }), {
      description: 'What it is to read'
    }),
    consumer_handlers: Type.Array(Type.String({ examples: ['http_request'] }), {
      description: 'Event types that have a handler'
    }),
    consumer_group: Type.String({ examples: ['simple-time-service-group'] }),
    missing_topics: Type.Array(Type.String(), { description: 'Its topics that do not exist', examples: [[]] }),
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'EventStatus', additionalProperties: false }
)
export type EventStatus = Static<typeof EventStatusSchema>

export const HealthySchema = Type.Object({ status: Type.Literal('healthy') }, { additionalProperties: false })

export const eventEndpoints = {
  eventsHealthy: {
    service: 'admin',
    method: 'GET',
    path: '/healthz',
    role: 'public',
    tag: 'service',
    summary: 'Liveness, in the format of the time service',
    answers: { 200: HealthySchema }
  },
  eventStatus: {
    service: 'admin',
    method: 'GET',
    path: '/kafka/status',
    role: 'viewer',
    tag: 'events',
    summary: 'Show the state of the event producer and consumer',
    answers: { 200: EventStatusSchema }
  },
  publishEvent: {
    service: 'admin',
    method: 'POST',
    path: '/kafka/publish',
    role: 'operator',
    audit: 'event.publish',
    tag: 'events',
    summary: 'Publish an event',
    description: 'Answers once all in-sync replicas have the event.',
    query: EventQuerySchema,
    body: PublishEventSchema,
    answers: { 200: PublishedEventSchema }
  },
  flushEvents: {
    service: 'admin',
    method: 'POST',
    path: '/kafka/flush',
    role: 'operator',
    audit: 'event.flush',
    tag: 'events',
    summary: 'Wait until every published event has been acknowledged or has failed',
    query: EventQuerySchema,
    answers: { 200: FlushedSchema }
  }
} as const satisfies Record<string, Endpoint>
