import type { Clock } from '#shared/clock.ts'
import { isKopsError } from '#shared/errors/catalog.ts'
import type { RecordToWrite, RecordWriter } from '#shared/kafka/records/port.ts'

/** acknowledged: all in-sync replicas have it; no_topic, refused: Kafka does not take it; dropped: too many waited. */
export type PublishOutcome = 'acknowledged' | 'no_topic' | 'refused' | 'dropped'

export interface LaneOptions {
  topic: string
  writer: Pick<RecordWriter, 'write'>
  clock: Clock
  /** Maximum number of waiting events; beyond it, the oldest are dropped. */
  queueSize: number
  onOutcome: (outcome: PublishOutcome, events: number) => void
  /** Called for a failed attempt that will be retried, and for events that Kafka refuses. */
  onError: (error: unknown) => void
}

/** The events of one topic on their way to Kafka, in order. Topics do not wait for each other. */
export interface Lane {
  /** Takes an event at once, whatever Kafka does. */
  push(record: RecordToWrite): void
  /** Whether anything is waiting or in flight. */
  busy(): boolean
  /** Ends; what still waits is dropped. */
  close(): Promise<void>
}

const writeDeadlineMs = 3000
/** Number of events sent at once. */
const batchSize = 500
const firstPauseMs = 500
const longestPauseMs = 15_000

/**
 * Unacknowledged events stay at the head of the queue and are resent, even if they may have been written: they describe
 * states, so duplicates are harmless, and the most important one is sent while a broker is dying.
 */
export function createLane({ topic, writer, clock, queueSize, onOutcome, onError }: LaneOptions): Lane {
  const closing = new AbortController()
  const { signal } = closing
  let waiting: RecordToWrite[] = []
  let draining: Promise<void> | undefined

  function bound(): void {
    const over = waiting.length - queueSize
    if (over <= 0) return
    waiting.splice(0, over)
    onOutcome('dropped', over)
  }

  /** Sends one batch. Returns whether Kafka has accepted everything that it ever will. */
  async function attempt(): Promise<boolean> {
    const batch = waiting.splice(0, batchSize)
    let kept: RecordToWrite[] = batch
    try {
      const results = await unlessAborted(writer.write(topic, batch, { deadlineMs: writeDeadlineMs }), signal)
      let acknowledged = 0
      let refused = 0
      kept = []
      for (const [nth, result] of results.entries()) {
        const record = batch[nth]
        if (result.status === 'acknowledged') acknowledged += 1
        else if (result.status === 'refused' && !result.error.retriable) refused += 1
        else if (record) kept.push(record)
      }
      const failed = results.find((result) => result.status !== 'acknowledged')
      if (failed) onError(failed.error)
      if (acknowledged > 0) onOutcome('acknowledged', acknowledged)
      if (refused > 0) onOutcome('refused', refused)
    } catch (error) {
      if (isKopsError(error, 'topic_not_found')) {
        kept = []
        onOutcome('no_topic', batch.length)
      } else if (!signal.aborted) onError(error)
    }
    waiting = [...kept, ...waiting]
    bound()
    return kept.length === 0
  }

  async function drain(): Promise<void> {
    // Events that are queued at the same time are sent together.
    await undefined
    let pauseMs = firstPauseMs
    while (waiting.length > 0 && !signal.aborted) {
      if (await attempt()) {
        pauseMs = firstPauseMs
        continue
      }
      await clock.sleep(pauseMs, signal).catch(() => undefined)
      pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    }
  }

  function wake(): void {
    if (draining || waiting.length === 0 || signal.aborted) return
    draining = drain().finally(() => {
      draining = undefined
      wake()
    })
  }

  return {
    push(record) {
      if (signal.aborted) {
        onOutcome('dropped', 1)
        return
      }
      waiting.push(record)
      bound()
      wake()
    },
    busy: () => draining !== undefined,
    async close() {
      closing.abort(new Error('closing'))
      await draining
      if (waiting.length > 0) onOutcome('dropped', waiting.length)
      waiting = []
    }
  }
}

/** Leaves the work to itself once the signal aborts. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
