import { randomUUID } from 'node:crypto'
import fp from 'fastify-plugin'
import type { Clock } from '#shared/clock.ts'
import type { RunningDrill } from '#shared/contracts/drill-scorecard.ts'
import type { RecordWriter } from '#shared/kafka/records/port.ts'
import {
  type AlertSource,
  type Attention,
  createAlertFeed,
  createAttention,
  createHealthFeed,
  createPublisher,
  type HealthFeed
} from './domain/events/index.ts'
import { eventMetrics } from './metrics/event-metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Changes in the cluster's health, for streams. */
    healthEvents: { feed: HealthFeed; attention: Attention }
  }
}

export interface EventsPluginOptions {
  /** Called only where events are written to Kafka; undefined: they are not. */
  openWriter: (() => RecordWriter) | undefined
  heartbeatMs: number
  maxAgeMs: number
  clock: Clock
  /** Alerts that others have, besides those of this service. */
  alertSources?: readonly AlertSource[]
  /** The drill under way, which explains what happens; null: none, or it is not known. */
  runningDrill?: () => RunningDrill | null
}

/** Per topic: with 1,000 groups and topics, several heartbeats. About 5 MB. */
const queueSize = 10_000

/** The events of this service: the feed for streams, and publishing to Kafka if enabled. */
export const eventsPlugin = fp<EventsPluginOptions>(
  async (app, { openWriter, heartbeatMs, maxAgeMs, clock, alertSources = [], runningDrill = () => null }) => {
    const { monitor } = app
    const alerts = createAlertFeed(monitor, clock, { sources: alertSources, runningDrill })
    const feed = createHealthFeed(monitor, alerts, randomUUID().slice(0, 8))
    const attention = createAttention(monitor, clock, maxAgeMs, (err) =>
      app.log.error({ err }, 'reading the cluster failed')
    )
    app.decorate('healthEvents', { feed, attention })
    app.addHook('onClose', async () => {
      await attention.close()
      feed.close()
      alerts.close()
    })
    if (!openWriter) return
    const metrics = eventMetrics(app.metrics)
    const publisher = createPublisher({
      monitor,
      alerts,
      runningDrill,
      writer: openWriter(),
      clock,
      heartbeatMs,
      queueSize,
      onOutcome: (topic, outcome, events) => metrics.published(topic, outcome, events),
      onError: (err, topic) => app.log.warn({ err, topic }, 'events of the health could not be written')
    })
    publisher.start()
    app.addHook('onClose', () => publisher.close())
  },
  { name: 'health-events', dependencies: ['metrics', 'monitor'] }
)
