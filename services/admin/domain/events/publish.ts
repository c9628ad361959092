import type { PublishEvent, PublishedEvent } from '#shared/contracts/events.ts'
import { fieldError } from '#shared/errors/catalog.ts'
import type { EventProducer } from '#shared/kafka/app-events/port.ts'
import type { ClusterReader } from '#shared/kafka/cluster/port.ts'
import { assertNotReserved, type ReservedTopics } from '#shared/reserved-topics.ts'
import {
  assertPolicies,
  correlationHeaderOf,
  type NamedPolicy,
  policyWarnings,
  recordBreaches
} from '../policies/topic-policies.ts'
import type { EventMeter } from './handle-event.ts'
import { assertEvent } from './read-event.ts'

/** What a broker takes with its default settings (message.max.bytes), with room for the batch around it. */
const mostBytes = 1_000_000

export interface PublishPorts {
  reader: Pick<ClusterReader, 'metadata'>
  producer: Pick<EventProducer, 'send'>
  meter: Pick<EventMeter, 'sent'>
}

export interface PublishOptions {
  /** Destination of events that name no topic. */
  defaultTopic: string
  reserved: Pick<ReservedTopics, 'refusal'>
  /** Those of the installed catalogs. */
  policies: () => Promise<NamedPolicy[]>
  dryRun: boolean
  now: () => Date
  deadlineMs: number
  sendTimeoutMs: number
}

/**
 * Writes an event, and resolves once all in-sync replicas have it.
 * @throws KopsError event_invalid, topic_not_found, topic_protected, policy_broken, payload_too_large, not_enough_replicas, cluster_unreachable,
 * kafka_timeout (it may have been written)
 */
export async function publishEvent(
  { reader, producer, meter }: PublishPorts,
  { event_type, data, key, topic: named, correlation_id }: PublishEvent,
  options: PublishOptions
): Promise<PublishedEvent> {
  const topic = named ?? options.defaultTopic
  assertNotReserved(options.reserved, topic, 'write', 'topic')
  const event = assertEvent({ timestamp: options.now().toISOString(), event_type, data })
  const value = JSON.stringify(event)
  const bytes = new TextEncoder().encode(value).length
  if (bytes > mostBytes) {
    const message = `the event has ${bytes} bytes as JSON, and ${mostBytes} are possible`
    throw fieldError('payload_too_large', 'data', message)
  }
  const policies = await options.policies()
  const headers = correlation_id === undefined ? [] : [[correlationHeaderOf(topic, policies), correlation_id] as const]
  const names = headers.map(([name]) => name)
  const breaches = recordBreaches(topic, { headers: names, bytes }, 'data', policies).map((breach) =>
    breach.rule === 'correlationIdHeader' ? { ...breach, field: 'correlation_id' } : breach
  )
  assertPolicies(breaches)
  const warnings = policyWarnings(topic, breaches)
  const { value: cluster } = await reader.metadata({ topics: [topic], deadlineMs: options.deadlineMs })
  if (!cluster.topics.some(({ name }) => name === topic)) {
    throw fieldError(
      'topic_not_found',
      'topic',
      `Topic ${topic} does not exist; the catalog event-service defines the event topics`
    )
  }
  const answer = {
    ...{ status: 'success' as const, event: { event_type, data }, topic },
    ...(warnings.length > 0 && { warnings })
  }
  if (options.dryRun) return { ...answer, message: `Event '${event_type}' would be published to Kafka` }
  try {
    const written = await producer.send(
      { topic, key: key ?? null, value, ...(headers.length > 0 && { headers }) },
      { deadlineMs: options.sendTimeoutMs }
    )
    meter.sent(topic, 'success', bytes)
    return { ...answer, message: `Event '${event_type}' published to Kafka`, ...written }
  } catch (error) {
    meter.sent(topic, 'error', bytes)
    throw error
  }
}
