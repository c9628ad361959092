import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { EventMeter } from '../domain/events/handle-event.ts'

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
    help: 'Events read: success, unhandled (no handler for the type) or error (not an event, or its handler failed; in the dead-letter topic)',
    labelNames: ['topic', 'event_type', 'status'],
    registers
  })
  const processing = new Histogram({
    name: 'kafka_message_process_time_seconds',
    help: 'Time of one attempt to handle an event',
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
  const dropped = new Counter({
    name: 'kops_events_dropped_total',
    help: 'Events of requests that were not sent, because the queue was full or the service ended',
    labelNames: ['topic'],
    registers
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
  const labelOf = (eventType: string) => {
    if (types.size < mostEventTypes) types.add(eventType)
    return types.has(eventType) ? eventType : 'other'
  }
  const statistics = { messages_sent: 0, bytes_sent: 0, send_errors: 0, messages_dropped: 0 }
  return {
    sent(topic, status, bytes) {
      sent.inc({ topic, status })
      if (status === 'error') {
        statistics.send_errors += 1
        return
      }
      size.observe({ topic }, bytes)
      statistics.messages_sent += 1
      statistics.bytes_sent += bytes
    },
    dropped(topic) {
      dropped.inc({ topic })
      statistics.messages_dropped += 1
    },
    statistics: () => ({ ...statistics }),
    attempted(topic, eventType, seconds) {
      processing.observe({ topic, event_type: labelOf(eventType) }, seconds)
    },
    received({ topic, eventType, status, lagMs }) {
      received.inc({ topic, event_type: labelOf(eventType), status })
      lag.observe({ topic }, lagMs)
    },
    retried: (topic) => retries.inc({ topic }),
    paused: (count) => paused.set(count)
  }
}
