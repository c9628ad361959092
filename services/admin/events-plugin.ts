import fp from 'fastify-plugin'
import { systemClock } from '#shared/clock.ts'
import type { EventProducer, EventPublisher } from '#shared/kafka/app-events/port.ts'
import type { ConnectionOptions } from '#shared/kafka/connection/options.ts'
import type { RequestBudget } from '#shared/kafka/connection/request-budget.ts'
import type { GroupConsumerOptions } from '#shared/kafka/consuming/group-consumer.ts'
import type { GroupConsumer } from '#shared/kafka/consuming/port.ts'
import { publishRequests } from '#shared/request-events/publish-requests.ts'
import type { RequestEventsConfig } from '#shared/request-events/settings.ts'
import { createDeadLetterWriter } from '#shared/streams/dead-letters/dead-letter-writer.ts'
import { createSlots } from '#shared/streams/keyed-work.ts'
import { createPartitionWork } from '#shared/streams/partition-work.ts'
import { type EventMeter, type Handling, handleEvent, observeTrouble } from './domain/events/handle-event.ts'
import { createHandlerRegistry, type HandlerRegistry, registerTimeServiceHandlers } from './domain/events/handlers.ts'
import type { EventParts } from './domain/events/status.ts'
import { createEventMeter } from './metrics/event-meter.ts'

declare module 'fastify' {
  interface FastifyInstance {
    events: Omit<EventParts, 'publisher' | 'meter'> & {
      publisher: EventPublisher
      meter: EventMeter
      /** Another plugin may add handlers until the app is ready. */
      registry: HandlerRegistry
    }
  }
}

const offsetsTopic = '__consumer_offsets'
const deadLetterMs = 5000
/** Of one partition: so many events may be handled twice after a kill. */
const mostOpen = 1000
const backoff = { firstMs: 100, longestMs: 10_000 }

export interface EventsPluginOptions {
  config: RequestEventsConfig
  kafka: Omit<ConnectionOptions, 'budget'>
  group: string
  concurrency: number
  mostAttempts: number
  producer: EventProducer
  /** For requests that need the metadata quorum. */
  budget: Pick<RequestBudget, 'admit'>
  createConsumer: (
    options: Pick<GroupConsumerOptions, 'topics' | 'group' | 'existing' | 'createWork' | 'onProblem'>
  ) => GroupConsumer
}

/**
 * The event bus: it publishes the service's requests, and reads events for their handlers. Starts and stops with the app. Register
 * it before the routes, whose requests it publishes.
 */
export const eventsPlugin = fp<EventsPluginOptions>(
  async (app, { config, kafka, group, producer, budget, createConsumer, ...options }) => {
    const registry = createHandlerRegistry()
    const log = app.log.child({ part: 'events' })
    registerTimeServiceHandlers(registry, log)
    const meter = createEventMeter(app.metrics)
    const { now, monotonicMs } = app.timing
    const paused = new Set<string>()
    const handling: Handling = { registry, meter, log, now, monotonicMs, paused }

    const publisher = await publishRequests(app, { service: 'kops-admin', config, kafka, meter, now })
    const deadLetters = createDeadLetterWriter({ writer: app.kafka.writer, group, deadlineMs: deadLetterMs })
    const slots = createSlots(options.concurrency)
    const names = [config.KOPS_EVENTS_TOPIC, config.KOPS_EVENTS_REQUESTS_TOPIC]
    const consumer = createConsumer({
      topics: names,
      group,
      existing: async (wanted) => {
        const { value } = await app.kafka.reader.metadata({
          topics: [...wanted, offsetsTopic],
          deadlineMs: app.timing.deadlineMs
        })
        const found = value.topics.filter(({ name }) => name !== offsetsTopic)
        // The first member of the first group makes the broker create the offsets topic, and wait for the quorum.
        if (found.length === value.topics.length && found.length > 0) await budget.admit()
        return found.map(({ name, partitions }) => ({ name, partitions: partitions.length }))
      },
      createWork: (topic, partition, from) =>
        createPartitionWork({
          ...{ from, slots, deadLetters, mostAttempts: options.mostAttempts, backoff, mostOpen },
          handle: (record) => handleEvent(record, handling),
          observer: observeTrouble({ topic, partition }, handling),
          clock: systemClock,
          random: Math.random
        }),
      onProblem: (err, what) => log.warn({ err }, what)
    })
    app.decorate('events', { topics: names, group, producer, publisher, consumer, registry, meter, paused })
    app.addHook('onReady', async () => consumer.start())
    app.addHook('onClose', async () => {
      // Both at once: each may need some of the seconds that closing has.
      await Promise.all([consumer.close(), publisher.close()])
      await producer.close()
    })
  },
  { name: 'events', dependencies: ['kafka', 'metrics'] }
)
