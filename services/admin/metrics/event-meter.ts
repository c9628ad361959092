import { Counter, Histogram, type Registry } from 'prom-client'
import type { EventMeter } from '../domain/events/receive.ts'

/** Producers of events choose the types: beyond this number, further types share one name. */
const mostEventTypes = 100

/** The metrics of the time service's event endpoints, under its names. */
export function createEventMeter(registry: Registry): EventMeter {
  const registers = [registry]
  const sent = new Counter({
    name: 'kafka_messages_sent_total',
    help: 'Events sent to Kafka: success (all in-sync replicas have it) or error',
    labelNames: ['topic', 'status'],
    registers
  })
  const size = new Histogram({
    name: 'kafka_message_size_bytes',
    help: 'Size of sent events, as JSON',
    labelNames: ['topic'],
    buckets: [100, 500, 1000, 5000, 10_000, 50_000, 100_000, 500_000, 1_000_000],
    registers
  })
  const received = new Counter({
    name: 'kafka_messages_received_total',
    help: 'Events read: success, error (the handler failed, or the record is not an event) or unhandled (no handler for the type)',
    labelNames: ['topic', 'event_type', 'status'],
    registers
  })
  const processing = new Histogram({
    name: 'kafka_message_process_time_seconds',
    help: 'Time to handle an event',
    labelNames: ['topic', 'event_type'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers
  })
  const lag = new Histogram({
    name: 'kafka_consumer_lag_ms',
    help: "Time from an event's timestamp until it was handled",
    labelNames: ['topic'],
    buckets: [10, 50, 100, 500, 1000, 5000, 10_000, 60_000, 600_000, 3_600_000],
    registers
  })
  const types = new Set<string>()
  const labelOf = (eventType: string) => {
    if (types.size < mostEventTypes) types.add(eventType)
    return types.has(eventType) ? eventType : 'other'
  }
  return {
    sent(topic, status, bytes) {
      sent.inc({ topic, status })
      if (status === 'success') size.observe({ topic }, bytes)
    },
    received({ topic, eventType, status, seconds, lagMs }) {
      const event_type = labelOf(eventType)
      received.inc({ topic, event_type, status })
      processing.observe({ topic, event_type }, seconds)
      lag.observe({ topic }, lagMs)
    }
  }
}
