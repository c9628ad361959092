import type { Warning } from '#shared/contracts/common.ts'
import type { EventStatus } from '#shared/contracts/events.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { EventConsumer, EventProducer } from '#shared/kafka/app-events/port.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import type { HandlerRegistry } from './handlers.ts'

export interface EventParts {
  producer: EventProducer
  consumer: EventConsumer
  registry: HandlerRegistry
  topics: string[]
  group: string
}

/**
 * The state of producer and consumer, and which of their topics exist. Never rejects because the cluster is
 * unavailable.
 */
export async function eventStatus(
  reader: Pick<ClusterReader, 'metadata'>,
  { producer, consumer, registry, topics, group }: EventParts,
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
    const { value, warnings } = await reader.metadata({ topics, deadlineMs })
    const found = new Set(value.topics.map(({ name }) => name))
    const missing = topics.filter((topic) => !found.has(topic))
    const told = missing.map((topic) => ({
      code: 'topic_not_found',
      message: 'The topic does not exist, so nothing can be read from or published to it',
      target: topic
    }))
    return { missing, warnings: [...warnings, ...told] }
  } catch (error) {
    if (!isKopsError(error)) throw error
    return { missing: undefined, warnings: [{ code: error.code, message: error.message }] }
  }
}
