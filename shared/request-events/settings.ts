import { type Static, Type } from 'typebox'

/** The settings of a service that publishes its requests as events. */
export const requestEventProperties = {
  KOPS_EVENTS_TOPIC: Type.String({
    default: 'simple-time-service-events',
    aliases: ['KAFKA_TOPIC_EVENTS'],
    description: 'Topic of events: errors of the services, and the default topic of POST /kafka/publish'
  }),
  KOPS_EVENTS_REQUESTS_TOPIC: Type.String({
    default: 'simple-time-service-requests',
    aliases: ['KAFKA_TOPIC_REQUESTS'],
    description: 'Topic of requests and responses. Give every service the same names; admin-service reads both topics'
  }),
  KOPS_EVENTS_PUBLISH: Type.Enum(['off', 'main', 'all'], {
    default: 'main',
    description:
      'Which requests of this service it publishes as events, with their answers: main: those of GET /, which only admin-service has; all: all that need a role, so no health checks and no metrics; off: none. Events have the address of the user and the path'
  }),
  KOPS_EVENTS_QUEUE_MAX: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 10_000,
    description: 'Maximum number of events of requests that wait to be written; further ones are dropped and counted'
  })
}
const RequestEventsConfigSchema = Type.Object(requestEventProperties)
export type RequestEventsConfig = Static<typeof RequestEventsConfigSchema>
