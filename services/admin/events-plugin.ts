import fp from 'fastify-plugin'
import type { EventConsumerOptions } from '#shared/kafka/app-events/consumer.ts'
import type { EventConsumer, EventProducer } from '#shared/kafka/app-events/port.ts'
import type { RequestBudget } from '#shared/kafka/connection/request-budget.ts'
import { createHandlerRegistry, registerTimeServiceHandlers } from './domain/events/handlers.ts'
import { type EventMeter, receive } from './domain/events/receive.ts'
import type { EventParts } from './domain/events/status.ts'
import { createEventMeter } from './metrics/event-meter.ts'

declare module 'fastify' {
  interface FastifyInstance {
    events: EventParts & { meter: EventMeter }
  }
}

const offsetsTopic = '__consumer_offsets'

export interface EventsPluginOptions {
  topics: string[]
  group: string
  producer: EventProducer
  /** For requests that need the metadata quorum. */
  budget: Pick<RequestBudget, 'admit'>
  /** Creates the consumer, once its handlers are known. */
  createConsumer: (options: Pick<EventConsumerOptions, 'topics' | 'group' | 'existing' | 'onRecord'>) => EventConsumer
}

/**
 * The producer and consumer of events, which start and stop with the app. Other plugins may register handlers before.
 */
export const eventsPlugin = fp<EventsPluginOptions>(
  async (app, { topics, group, producer, budget, createConsumer }) => {
    const registry = createHandlerRegistry()
    const log = app.log.child({ part: 'events' })
    registerTimeServiceHandlers(registry, log)
    const meter = createEventMeter(app.metrics)
    const consumer = createConsumer({
      topics,
      group,
      existing: async (wanted) => {
        const { value } = await app.kafka.reader.metadata({
          topics: [...wanted, offsetsTopic],
          deadlineMs: app.timing.deadlineMs
        })
        const names = new Set(value.topics.map(({ name }) => name))
        // The first member of the first group makes the broker create the offsets topic, and wait for the quorum.
        if (!names.delete(offsetsTopic) && names.size > 0) await budget.admit()
        return [...names]
      },
      onRecord: (record) => receive(record, { registry, meter, log, now: app.timing.now })
    })
    app.decorate('events', { topics, group, producer, consumer, registry, meter })
    app.addHook('onReady', async () => consumer.start())
    app.addHook('onClose', async () => {
      await Promise.all([consumer.close(), producer.close()])
    })
  },
  { name: 'events', dependencies: ['kafka', 'metrics'] }
)
