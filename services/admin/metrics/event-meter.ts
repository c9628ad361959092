import { Counter, Gauge, type Registry } from 'prom-client'
import { type HistogramTally, type Tally, talliedCounter, talliedHistogram } from '#shared/http/tallies.ts'
import { createPublishMeter } from '#shared/request-events/publish-meter.ts'
import type { EventMeter } from '../domain/events/handle-event.ts'

/** Producers of events choose the types: beyond this number, further types share one name. */
const mostEventTypes = 100
const other = 'other'

/** The metrics of the time service's event endpoints, under its names. */
export function createEventMeter(registry: Registry): EventMeter {
  const registers = [registry]
  const receivedOf = talliedCounter(registry, {
    name: 'kafka_messages_received_total',
    help: 'Events read: success, unhandled (no handler for the type) or error (not an event, or its handler failed; in the dead-letter topic)',
    labelNames: ['topic', 'event_type', 'status']
  })
  const processingOf = talliedHistogram(registry, {
    name: 'kafka_message_process_time_seconds',
    help: 'Time of one attempt to handle an event',
    labelNames: ['topic', 'event_type'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]
  })
  const lagOf = talliedHistogram(registry, {
    name: 'kafka_consumer_lag_ms',
    help: "Time from an event's timestamp until it was handled",
    labelNames: ['topic'],
    buckets: [10, 50, 100, 500, 1000, 5000, 10_000, 60_000, 600_000, 3_600_000]
  })
  const retries = new Counter({
    name: 'kops_event_retries_total',
    help: 'Failed attempts to handle an event that were followed by another',
    labelNames: ['topic'],
    registers
  })
  const paused = new Gauge({
    name: 'kops_event_partitions_paused',
    help: 'Partitions that wait because their dead-letter topic takes no record',
    registers
  })
  const types = new Set<string>()
  const topics = new Map<string, TopicTallies>()
  const talliesOf = (topic: string) => {
    const known = topics.get(topic)
    if (known) return known
    const made: TopicTallies = { lag: undefined, types: new Map() }
    topics.set(topic, made)
    return made
  }
  const typeOf = (tallies: TopicTallies, eventType: string): TypeTallies => {
    const known = tallies.types.get(eventType)
    if (known) return known
    if (types.size < mostEventTypes) types.add(eventType)
    if (!types.has(eventType) && eventType !== other) return typeOf(tallies, other)
    const made: TypeTallies = { received: {}, processing: undefined }
    tallies.types.set(eventType, made)
    return made
  }
  return {
    ...createPublishMeter(registry),
    attempted(topic, eventType, seconds) {
      const tallies = typeOf(talliesOf(topic), eventType)
      tallies.processing ??= processingOf({ topic, event_type: labelOf(eventType) })
      tallies.processing.observe(seconds)
    },
    received({ topic, eventType, status, lagMs }) {
      const tallies = talliesOf(topic)
      const { received } = typeOf(tallies, eventType)
      received[status] ??= receivedOf({ topic, event_type: labelOf(eventType), status })
      received[status].value += 1
      tallies.lag ??= lagOf({ topic })
      tallies.lag.observe(lagMs)
    },
    retried: (topic) => retries.inc({ topic }),
    paused: (count) => paused.set(count)
  }

  function labelOf(eventType: string): string {
    return types.has(eventType) ? eventType : other
  }
}

/** The series of a topic, made when they are first needed. */
interface TopicTallies {
  lag: HistogramTally | undefined
  /** Of those types that have a name of their own, and the others'. */
  types: Map<string, TypeTallies>
}

interface TypeTallies {
  received: Partial<Record<'success' | 'error' | 'unhandled', Tally>>
  processing: HistogramTally | undefined
}
