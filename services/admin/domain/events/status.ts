import type { Warning } from '#shared/contracts/common.ts'
import type { EventStatus } from '#shared/contracts/events.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { EventProducer, EventPublisher } from '#shared/kafka/app-events/port.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { GroupConsumer } from '#shared/kafka/consuming/port.ts'
import { deadLetterTopic } from '#shared/streams/dead-letters/dead-letter-writer.ts'
import type { EventMeter } from './handle-event.ts'
import type { HandlerRegistry } from './handlers.ts'

export interface EventParts {
  producer: EventProducer
  publisher: Pick<EventPublisher, 'pending'>
  consumer: GroupConsumer
  registry: Pick<HandlerRegistry, 'types'>
  meter: Pick<EventMeter, 'statistics'>
  /** Partitions that wait for their dead-letter topic. */
  paused: ReadonlySet<string>
  topics: string[]
  group: string
}

/**
 * The state of producer and consumer, and which of their topics exist. Never rejects because the cluster is
 * unavailable.
 */
export async function eventStatus(
  reader: Pick<ClusterReader, 'metadata'>,
  { producer, publisher, consumer, registry, meter, paused, topics, group }: EventParts,
  { now, deadlineMs }: { now: () => Date; deadlineMs: number }
): Promise<EventStatus> {
  const { missing, warnings } = await missingOf(reader, topics, deadlineMs)
  // If no broker answers, a producer would only wait for its own timeout.
  const connected = missing !== undefined && (await producer.connected({ deadlineMs }))
  const state = consumer.state()
  return {
    kafka_producer: connected ? 'connected' : 'disconnected',
    kafka_consumer: state === 'stopped' ? 'disconnected' : state,
    consumer_topics: topics,
    consumer_handlers: registry.types(),
    consumer_group: group,
    missing_topics: missing ?? [],
    paused_partitions: [...paused].toSorted(),
    producer_statistics: { ...meter.statistics(), messages_queued: publisher.pending() },
    asOf: now().toISOString(),
    warnings
  }
}

/** @returns missing is undefined if no broker answered */
async function missingOf(
  reader: Pick<ClusterReader, 'metadata'>,
  topics: string[],
  deadlineMs: number
): Promise<{ missing: string[] | undefined; warnings: Warning[] }> {
  try {
    const letters = topics.map(deadLetterTopic)
    const { value, warnings } = await reader.metadata({ topics: [...topics, ...letters], deadlineMs })
    const found = new Set(value.topics.map(({ name }) => name))
    const missing = topics.filter((topic) => !found.has(topic))
    const told = missing.map((target) => ({
      code: 'topic_not_found',
      message: 'The topic does not exist, so nothing can be read from or published to it',
      target
    }))
    const withoutLetters = topics
      .filter((topic) => found.has(topic) && !found.has(deadLetterTopic(topic)))
      .map((topic) => ({
        code: 'topic_not_found',
        message: `An event of ${topic} that cannot be handled will pause its partition: there is no topic to put it aside`,
        target: deadLetterTopic(topic)
      }))
    return { missing, warnings: [...warnings, ...told, ...withoutLetters] }
  } catch (error) {
    if (!isKopsError(error)) throw error
    return { missing: undefined, warnings: [{ code: error.code, message: error.message }] }
  }
}
