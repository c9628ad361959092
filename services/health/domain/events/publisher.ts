import type { Clock } from '#shared/clock.ts'
import type { RunningDrill } from '#shared/contracts/drill-scorecard.ts'
import { healthEventTopics } from '#shared/contracts/health-events.ts'
import type { RecordWriter } from '#shared/kafka/records/port.ts'
import type { Monitor } from '../monitor.ts'
import type { AlertFeed } from './alert-feed.ts'
import { allEvents, createChangedEvents } from './changed.ts'
import { createLane, type Lane, type PublishOutcome } from './lane.ts'
import type { HealthEvent } from './messages.ts'

export interface PublisherOptions {
  monitor: Pick<Monitor, 'last' | 'subscribe'>
  alerts: AlertFeed
  /** The drill under way, which statuses name. */
  runningDrill?: () => RunningDrill | null
  writer: RecordWriter
  clock: Clock
  heartbeatMs: number
  /** Events of one topic that wait at most. */
  queueSize: number
  onOutcome: (topic: string, outcome: PublishOutcome, events: number) => void
  onError: (error: unknown, topic: string) => void
}

/** Publishes the cluster's health to its topics, on change and on a heartbeat. */
export interface Publisher {
  start(): void
  /** Waits a moment for events in flight; drops and counts those still waiting. Idempotent. */
  close(): Promise<void>
}

/** How long close() waits. */
const lastFlushMs = 1000

/**
 * The listener compares a snapshot and queues its events; everything that waits for Kafka happens separately, so that a
 * sweep never does. The publisher never creates topics: it counts and drops events for missing ones.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const {
    monitor,
    alerts,
    runningDrill = () => null,
    writer,
    clock,
    heartbeatMs,
    queueSize,
    onOutcome,
    onError
  } = options
  const closing = new AbortController()
  const { signal } = closing
  const changes = createChangedEvents()
  const lanes = new Map<string, Lane>()
  const subscriptions: (() => void)[] = []
  let beating: Promise<void> = Promise.resolve()

  function laneOf(topic: string): Lane {
    const existing = lanes.get(topic)
    if (existing) return existing
    const lane = createLane({
      topic,
      writer,
      clock,
      queueSize,
      onOutcome: (outcome, events) => onOutcome(topic, outcome, events),
      onError: (error) => onError(error, topic)
    })
    lanes.set(topic, lane)
    return lane
  }

  function publish(events: readonly HealthEvent[]): void {
    for (const { topic, message } of events) {
      const value = Buffer.from(JSON.stringify(message))
      laneOf(topic).push({ key: Buffer.from(message.instanceId), value, headers: [] })
    }
  }

  async function beat(): Promise<void> {
    for (;;) {
      await clock.sleep(heartbeatMs, signal)
      const snapshot = monitor.last()
      // Its timestamps are those of the reading: an old timestamp shows the reader that nothing has been read since.
      if (snapshot) publish(allEvents(snapshot.health, runningDrill()))
      publish(alerts.firing().map((message) => ({ topic: healthEventTopics.alerts, message })))
    }
  }

  return {
    start() {
      subscriptions.push(
        monitor.subscribe(({ health }) => publish(changes.after(health, runningDrill()))),
        alerts.subscribe((message) => publish([{ topic: healthEventTopics.alerts, message }]))
      )
      beating = beat().catch((error: unknown) => {
        if (!signal.aborted) onError(error, 'heartbeat')
      })
    },
    async close() {
      if (signal.aborted) return
      for (const stop of subscriptions) stop()
      closing.abort()
      await beating
      const until = AbortSignal.timeout(lastFlushMs)
      while (Array.from(lanes.values()).some((lane) => lane.busy()) && !until.aborted) {
        await clock.sleep(20, until).catch(() => undefined)
      }
      await Promise.all(Array.from(lanes.values(), (lane) => lane.close()))
      await writer.close()
    }
  }
}
