import { Counter, type Registry } from 'prom-client'
import { type HistogramTally, type Tally, talliedCounter, talliedHistogram } from '../http/tallies.ts'
import type { PublishMeter } from '../kafka/app-events/port.ts'

/** The metrics of published events, under the names of the time service. */
export function createPublishMeter(registry: Registry): PublishMeter {
  const sentOf = talliedCounter(registry, {
    name: 'kafka_messages_sent_total',
    help: 'Events sent to Kafka: success (all in-sync replicas have it) or error',
    labelNames: ['topic', 'status']
  })
  const sizeOf = talliedHistogram(registry, {
    name: 'kafka_message_size_bytes',
    help: 'Size of sent events, as JSON',
    labelNames: ['topic'],
    buckets: [100, 500, 1000, 5000, 10_000, 50_000, 100_000, 500_000, 1_000_000]
  })
  const dropped = new Counter({
    name: 'kops_events_dropped_total',
    help: 'Events of requests that were not sent, because the queue was full or the service ended',
    labelNames: ['topic'],
    registers: [registry]
  })
  const topics = new Map<string, TopicTallies>()
  const talliesOf = (topic: string) => {
    const known = topics.get(topic)
    if (known) return known
    const made: TopicTallies = { sent: {}, size: undefined }
    topics.set(topic, made)
    return made
  }
  const statistics = { messages_sent: 0, bytes_sent: 0, send_errors: 0, messages_dropped: 0 }
  return {
    sent(topic, status, bytes) {
      const tallies = talliesOf(topic)
      tallies.sent[status] ??= sentOf({ topic, status })
      tallies.sent[status].value += 1
      if (status === 'error') {
        statistics.send_errors += 1
        return
      }
      tallies.size ??= sizeOf({ topic })
      tallies.size.observe(bytes)
      statistics.messages_sent += 1
      statistics.bytes_sent += bytes
    },
    dropped(topic) {
      dropped.inc({ topic })
      statistics.messages_dropped += 1
    },
    statistics: () => ({ ...statistics })
  }
}

/** The series of a topic, made when they are first needed. */
interface TopicTallies {
  sent: Partial<Record<'success' | 'error', Tally>>
  size: HistogramTally | undefined
}
