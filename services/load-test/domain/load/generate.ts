import type { Clock } from '#shared/clock.ts'
import type { BulkProducer, Partitioner } from '#shared/kafka/producing/port.ts'
import type { LogEventSource } from './log-events.ts'

export interface GenerateOptions {
  producer: Pick<BulkProducer, 'append' | 'drained' | 'flush'>
  partitions: number
  partitionFor: Partitioner
  source: LogEventSource
  eventCount: number
  clock: Clock
  signal: AbortSignal
}

/** Number of events to generate before yielding to I/O. */
const stretch = 256

/**
 * Produces events as fast as the cluster acknowledges them. Resolves to the duration in milliseconds once each has its
 * outcome. Rejects with the signal's reason as soon as it is aborted; the producer then settles what is in flight.
 */
export async function generate(options: GenerateOptions): Promise<number> {
  const { producer, clock, signal } = options
  const startedAt = clock.monotonicMs()
  for (let made = 0; made < options.eventCount; made += 1) {
    const { key, value } = options.source(clock.now().getTime())
    const room = producer.append({
      partition: options.partitionFor(key, options.partitions),
      key: Buffer.from(key),
      value: Buffer.from(value)
    })
    if (!room) await abortable(producer.drained(), signal)
    else if (made % stretch === stretch - 1) await clock.turn()
    if (made % stretch === 0) signal.throwIfAborted()
  }
  await abortable(producer.flush(), signal)
  return clock.monotonicMs() - startedAt
}

/** Rejects with the signal's reason if that comes first. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort)
  }
}
