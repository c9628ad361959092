import { type Static, Type } from 'typebox'
import { count, TimestampSchema, TopicNameSchema, WarningSchema } from './common.ts'
import { type Endpoint, secret } from './endpoint.ts'
import { eventData, eventType } from './event-types.ts'

// The fields of these endpoints are in snake_case, for compatibility with the time service's event service.

/** `POST /kafka/publish`. */
export const PublishEventSchema = Type.Object(
  {
    event_type: eventType,
    data: secret(eventData),
    topic: Type.Optional({ ...TopicNameSchema, description: 'Defaults to the topic of events' }),
    key: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1000,
        description: 'Events with the same key keep their order; for example a user id'
      })
    ),
    correlation_id: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'With which an event is followed from service to service: the header that a catalog’s policy names for the topic, or correlation-id'
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
    event: Type.Object({ event_type: eventType, data: eventData }, { additionalProperties: false }),
    topic: Type.String({ examples: ['log-events'] }),
    partition: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Partition it was written to; absent in a dry run' })
    ),
    offset: Type.Optional(Type.Integer({ minimum: 0 })),
    warnings: Type.Optional(
      Type.Array(WarningSchema, { description: 'Rules of a catalog’s policy that the event breaks; absent if none' })
    )
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

/** What the producer has done since the service started. */
export const ProducerStatisticsSchema = Type.Object(
  {
    messages_sent: { ...count, description: 'Events that all in-sync replicas have' },
    bytes_sent: { ...count, description: 'Their size as JSON' },
    send_errors: { ...count, description: 'Events that Kafka did not take, or did not acknowledge' },
    messages_queued: { ...count, description: 'Events of requests that wait to be sent or acknowledged' },
    messages_dropped: { ...count, description: 'Events of requests that did not fit into the queue' }
  },
  { additionalProperties: false }
)
export type ProducerStatistics = Static<typeof ProducerStatisticsSchema>

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
    missing_topics: Type.Array(Type.String(), {
      description: 'Its topics that do not exist',
      examples: [[]]
    }),
    paused_partitions: Type.Array(Type.String(), {
      description: 'Partitions that wait because their dead-letter topic takes no record',
      examples: [[]]
    }),
    producer_statistics: ProducerStatisticsSchema,
    asOf: TimestampSchema,
    warnings: Type.Array(WarningSchema)
  },
  { $id: 'EventStatus', additionalProperties: false }
)
export type EventStatus = Static<typeof EventStatusSchema>

/** `GET /`. */
export const MainSchema = Type.Object(
  {
    timestamp: TimestampSchema,
    user_ip: Type.String({
      description:
        'Address of the user: what a trusted proxy reports (KOPS_TRUSTED_PROXIES), or else of the connection',
      examples: ['192.168.1.1']
    }),
    proxy_chain: Type.Array(Type.String(), {
      description: 'Trusted proxies that the request came through, the nearest to the user first',
      examples: [['10.0.0.7']]
    }),
    pod: Type.Object(
      {
        hostname: Type.String({ examples: ['pod-1'] }),
        os: Type.String({ examples: ['Linux'] }),
        name: Type.Union([Type.String(), Type.Null()], { description: 'KOPS_POD_NAME', examples: ['kops-admin-0'] }),
        namespace: Type.Union([Type.String(), Type.Null()], { description: 'KOPS_POD_NAMESPACE', examples: ['kops'] }),
        node: Type.Union([Type.String(), Type.Null()], { description: 'KOPS_NODE_NAME', examples: ['worker-1'] })
      },
      { additionalProperties: false, description: 'Where the service runs; null outside of Kubernetes' }
    )
  },
  { $id: 'Main', additionalProperties: false }
)
export type Main = Static<typeof MainSchema>

export const HealthySchema = Type.Object({ status: Type.Literal('healthy') }, { additionalProperties: false })

export const eventEndpoints = {
  main: {
    service: 'admin',
    method: 'GET',
    path: '/',
    role: 'viewer',
    tag: 'events',
    summary: 'Show when and from where the request came',
    description:
      'Publishes the request and its answer as events, unless `KOPS_EVENTS_PUBLISH=off`. Callers who prefer `text/html`, as browsers do, get the console.',
    answers: { 200: MainSchema }
  },
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
