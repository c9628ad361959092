import { hostname, type } from 'node:os'
import { systemClock } from '../clock.ts'
import type { TypedEvent } from '../contracts/event-types.ts'
import type { App } from '../http/create-app.ts'
import type { EventPublisher, PublishMeter } from '../kafka/app-events/port.ts'
import { createEventPublisher, eventProducers } from '../kafka/app-events/publisher.ts'
import type { ConnectionOptions } from '../kafka/connection/options.ts'
import { requestEventsPlugin } from './request-events.ts'
import type { RequestEventsConfig } from './settings.ts'

/** Bytes of events that may wait to be sent, beside the limit on their number. */
const mostQueuedBytes = 16_777_216
/** How long closing waits for events to be acknowledged; a service has 10 s to close in all. */
const graceMs = 4000

export interface PublishRequestsOptions {
  /** The name of the service in its error events. */
  service: string
  config: RequestEventsConfig
  kafka: Omit<ConnectionOptions, 'budget'>
  meter: Pick<PublishMeter, 'sent' | 'dropped'>
  now: () => Date
}

/**
 * Publishes the requests of a service as events, as its settings say; the publisher closes with the app. It connects with the first
 * event, so a service that publishes none costs the brokers nothing. Call it before the routes are registered.
 */
export async function publishRequests(
  app: Pick<App, 'register' | 'addHook' | 'log'>,
  { service, config, kafka, meter, now }: PublishRequestsOptions
): Promise<EventPublisher> {
  const log = app.log.child({ part: 'events' })
  const publisher = createEventPublisher({
    mostEvents: config.KOPS_EVENTS_QUEUE_MAX,
    mostBytes: mostQueuedBytes,
    graceMs,
    createProducer: eventProducers(kafka),
    onOutcome: meter.sent,
    onDropped: meter.dropped,
    onProblem: (topic, err) => log.warn({ err, topic }, 'events cannot be published right now, and wait'),
    clock: systemClock
  })
  app.addHook('onClose', () => publisher.close())
  const which = config.KOPS_EVENTS_PUBLISH
  if (which === 'off') return publisher
  const topicOf = ({ event_type }: TypedEvent) =>
    event_type === 'error' ? config.KOPS_EVENTS_TOPIC : config.KOPS_EVENTS_REQUESTS_TOPIC
  await app.register(requestEventsPlugin, {
    ...{ which, service, hostname: hostname(), os: type(), now },
    offer: (event, key) => publisher.offer({ topic: topicOf(event), key, value: JSON.stringify(event) })
  })
  return publisher
}
