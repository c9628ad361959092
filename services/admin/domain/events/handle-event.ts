import type { Event } from '#shared/contracts/event-types.ts'
import { isKopsError, KopsError } from '#shared/errors/catalog.ts'
import type { PublishMeter } from '#shared/kafka/app-events/port.ts'
import type { ReceivedRecord } from '#shared/kafka/consuming/port.ts'
import type { TroubleObserver } from '#shared/streams/partition-work.ts'
import type { EventLog, HandlerRegistry } from './handlers.ts'
import { readEvent } from './read-event.ts'

/** Counts sent and received events. */
export interface EventMeter extends PublishMeter {
  /** The outcome of a record. @param lagMs from its timestamp until then */
  received(outcome: {
    topic: string
    eventType: string
    status: 'success' | 'error' | 'unhandled'
    lagMs: number
  }): void
  /** One attempt to handle an event. */
  attempted(topic: string, eventType: string, seconds: number): void
  retried(topic: string): void
  /** Partitions that wait for their dead-letter topic. */
  paused(count: number): void
}

export interface Handling {
  registry: Pick<HandlerRegistry, 'handle'>
  meter: Pick<EventMeter, 'received' | 'attempted' | 'retried' | 'paused'>
  log: EventLog
  now: () => Date
  monotonicMs: () => number
  /** Partitions that wait for their dead-letter topic, `topic-0`. */
  paused: Set<string>
}

/** The type under which records that are not events are counted. */
const noEvent = 'invalid'

/**
 * Hands an event to the handler of its type. One without a handler is done, and counted. Returns a promise only if the handler does.
 * @throws KopsError event_invalid for a record that is no event, which no retry mends; what the handler throws, or rejects with it
 */
export function handleEvent(record: ReceivedRecord, handling: Handling): void | Promise<void> {
  if (record.unreadable !== undefined) throw new KopsError('event_invalid', record.unreadable)
  const { registry, meter, monotonicMs } = handling
  const event = readEvent(record.value)
  const begun = monotonicMs()
  const attempted = () => meter.attempted(record.topic, event.event_type, (monotonicMs() - begun) / 1000)
  let isHandled: boolean | Promise<boolean>
  try {
    isHandled = registry.handle(event)
  } catch (error) {
    attempted()
    throw error
  }
  if (typeof isHandled !== 'boolean') {
    return isHandled.finally(attempted).then((isHandled) => received(record, event, isHandled, handling))
  }
  attempted()
  received(record, event, isHandled, handling)
}

function received(
  record: ReceivedRecord,
  { event_type: eventType }: Event,
  isHandled: boolean,
  { meter, now }: Handling
): void {
  const status = isHandled ? 'success' : 'unhandled'
  meter.received({ topic: record.topic, eventType, status, lagMs: lagOf(record, now) })
}

/** Counts and logs what becomes of the records of one partition that are not simply handled. */
export function observeTrouble(
  { topic, partition }: Pick<ReceivedRecord, 'topic' | 'partition'>,
  { meter, log, now, paused }: Handling
): TroubleObserver {
  const fieldsOf = (record: ReceivedRecord) => ({ topic, partition, offset: record.offset })
  return {
    retried(record, err, attempts) {
      meter.retried(topic)
      log.info({ err, ...fieldsOf(record), attempts }, 'an event could not be handled, and is tried again')
    },
    buried(record, error, attempts) {
      const eventType = typeOf(record)
      meter.received({ topic, eventType, status: 'error', lagMs: lagOf(record, now) })
      // A broken event needs no stack: the program is right.
      const reason = isKopsError(error, 'event_invalid') ? { reason: error.message } : { err: error }
      log.warn({ ...reason, ...fieldsOf(record), eventType, attempts }, 'an event is in the dead-letter topic')
    },
    refused(record, err) {
      log.warn({ err, ...fieldsOf(record) }, 'the dead-letter topic does not take an event: its partition waits')
    },
    stuck(isStuck) {
      const place = `${topic}-${partition}`
      if (isStuck) paused.add(place)
      else paused.delete(place)
      meter.paused(paused.size)
    }
  }
}

function typeOf({ value }: ReceivedRecord): string {
  try {
    return readEvent(value).event_type
  } catch {
    return noEvent
  }
}

/** Another clock may be ahead of this one, and a record may have no timestamp. */
function lagOf({ timestampMs }: ReceivedRecord, now: () => Date): number {
  return timestampMs < 0 ? 0 : Math.max(0, now().getTime() - timestampMs)
}
