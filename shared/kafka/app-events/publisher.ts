import type { Clock } from '../../clock.ts'
import { KopsError } from '../../errors/catalog.ts'
import { abortable, withDeadline } from '../connection/deadline.ts'
import type { ConnectionOptions } from '../connection/options.ts'
import { createBulkProducer } from '../producing/bulk-producer.ts'
import { murmur2 } from '../producing/partitioner.ts'
import { type BatchOutcome, type BulkProducer, durableSettings } from '../producing/port.ts'
import type { EventPublisher, EventRecord } from './port.ts'

export interface EventPublisherOptions {
  /** Events, and bytes of them, that may wait to be sent and acknowledged, over all topics. */
  mostEvents: number
  mostBytes: number
  /** How long close() waits for events to be acknowledged. */
  graceMs: number
  createProducer: (topic: string, onOutcome: (outcome: BatchOutcome) => void) => BulkProducer
  /** The outcome of an event that was accepted, once. */
  onOutcome: (topic: string, status: 'success' | 'error', bytes: number) => void
  /** An event was not accepted, or was still waiting when the publisher closed. */
  onDropped: (topic: string) => void
  /** A topic cannot be written to right now. */
  onProblem: (topic: string, error: unknown) => void
  clock: Pick<Clock, 'sleep'>
}

interface Accepted {
  id: number
  key: Buffer | null
  value: Buffer
}

/** What is written to one topic, by a producer that is there once the topic was found. */
interface Lane {
  producer: BulkProducer | undefined
  partitions: number
  /** Events that no producer has yet. */
  waiting: Accepted[]
  /** Events that the producer has, without an outcome. */
  unanswered: number
  opening: boolean
  /** A batch has failed: the topic may be another one by now. */
  suspect: boolean
}

/** Closing waits so long for brokers that have never answered. */
const connectMs = 1000
const firstPauseMs = 250
const longestPauseMs = 5000
/** As Kafka's own producer (delivery.timeout.ms): for so long brokers may be away before accepted events are given up. */
const deliveryTimeoutMs = 120_000
const requestTimeoutMs = 10_000
/** Of a burst, most of the cost is the number of requests. A topic that takes smaller batches only is not one for events. */
const batchBytes = 65_536

/** Producers of events: idempotent, and without waiting for more of them. */
export function eventProducers(kafka: Omit<ConnectionOptions, 'budget'>): EventPublisherOptions['createProducer'] {
  return (topic, onOutcome) =>
    createBulkProducer({
      ...{
        ...kafka,
        ...durableSettings,
        topic,
        onOutcome,
        batchBytes,
        lingerMs: 0,
        requestTimeoutMs,
        deliveryTimeoutMs
      },
      compression: 'none'
    })
}

/**
 * The EventPublisher port. Events of a key go to one partition through one idempotent producer, so they keep their order through
 * retries. While a topic is missing, or no broker answers, events wait in the queue.
 */
export function createEventPublisher(options: EventPublisherOptions): EventPublisher {
  const { mostEvents, mostBytes, createProducer, onOutcome, onDropped, onProblem, clock } = options
  const closing = new AbortController()
  const lanes = new Map<string, Lane>()
  /** The size of events without an outcome, the oldest first. */
  const open = new Map<number, number>()
  const waiters = new Set<{ upTo: number; wake: () => void }>()
  let accepting = true
  let openBytes = 0
  let lastId = 0
  let nextPartition = 0

  function laneOf(topic: string): Lane {
    const known = lanes.get(topic)
    if (known) return known
    const lane = { producer: undefined, partitions: 0, waiting: [], unanswered: 0, opening: false, suspect: false }
    lanes.set(topic, lane)
    return lane
  }

  function append(lane: Lane, producer: BulkProducer, { id, key, value }: Accepted): void {
    const partition = key === null ? nextPartition++ % lane.partitions : (murmur2(key) & 0x7fffffff) % lane.partitions
    lane.unanswered += 1
    // Its own buffer takes more than may be open here, so that it never asks to wait.
    producer.append({ partition, key, value, tag: id })
  }

  async function find(topic: string, lane: Lane): Promise<void> {
    if (lane.opening) return
    lane.opening = true
    for (let pauseMs = firstPauseMs; !closing.signal.aborted; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const producer = createProducer(topic, (outcome) => settle(topic, lane, outcome))
      try {
        const { partitions } = await producer.open()
        if (closing.signal.aborted) return await producer.close()
        lane.partitions = partitions
        lane.producer = producer
        lane.opening = false
        for (const accepted of lane.waiting.splice(0)) append(lane, producer, accepted)
        return
      } catch (error) {
        await producer.close()
        if (pauseMs === firstPauseMs && !closing.signal.aborted) onProblem(topic, error)
        await clock.sleep(pauseMs, closing.signal).catch(() => undefined)
      }
    }
  }

  function settle(topic: string, lane: Lane, { status, tags }: BatchOutcome): void {
    lane.unanswered -= tags.length
    const isWritten = status === 'acknowledged'
    if (!isWritten) lane.suspect = true
    for (const id of tags) onOutcome(topic, isWritten ? 'success' : 'error', end(id))
    if (lane.suspect && lane.unanswered === 0 && lane.producer) {
      // Look for the topic again before the next event: its partitions may have changed.
      void lane.producer.close()
      Object.assign(lane, { producer: undefined, suspect: false })
      if (lane.waiting.length > 0) void find(topic, lane)
    }
  }

  /** @returns its size */
  function end(id: number): number {
    const bytes = open.get(id) ?? 0
    open.delete(id)
    openBytes -= bytes
    if (waiters.size > 0) {
      const [oldest = Number.POSITIVE_INFINITY] = open.keys()
      for (const waiter of waiters) if (oldest > waiter.upTo) waiter.wake()
    }
    return bytes
  }

  async function settled(): Promise<void> {
    const [oldest = Number.POSITIVE_INFINITY] = open.keys()
    const upTo = lastId
    if (oldest > upTo) return
    await new Promise<void>((resolve) => {
      const waiter = {
        upTo,
        wake() {
          waiters.delete(waiter)
          resolve()
        }
      }
      waiters.add(waiter)
    })
  }

  return {
    offer({ topic, key, value }: EventRecord): boolean {
      const bytes = Buffer.from(value)
      if (!accepting || open.size >= mostEvents || openBytes + bytes.length > mostBytes) {
        onDropped(topic)
        return false
      }
      lastId += 1
      openBytes += bytes.length
      open.set(lastId, bytes.length)
      const lane = laneOf(topic)
      const accepted = { id: lastId, key: key === null ? null : Buffer.from(key), value: bytes }
      if (lane.producer && !lane.suspect) append(lane, lane.producer, accepted)
      else {
        lane.waiting.push(accepted)
        if (!lane.producer) void find(topic, lane)
      }
      return true
    },
    pending: () => open.size,
    flush: (deadline) => withDeadline(deadline, closing.signal, (signal) => abortable(settled(), signal)),
    async close() {
      if (!accepting) return
      accepting = false
      const isConnected = Array.from(lanes.values()).some(({ producer }) => producer !== undefined)
      const deadlineMs = isConnected ? options.graceMs : Math.min(options.graceMs, connectMs)
      await withDeadline({ deadlineMs }, closing.signal, (signal) => abortable(settled(), signal)).catch(
        () => undefined
      )
      closing.abort(new KopsError('service_unreachable', 'The publisher is closing'))
      for (const [topic, { waiting }] of lanes) {
        for (const { id } of waiting.splice(0)) {
          end(id)
          onDropped(topic)
        }
      }
      // What it was still writing ends as an error: it may have been written.
      await Promise.all(Array.from(lanes.values(), ({ producer }) => producer?.close()))
    }
  }
}
