import type { Clock } from '#shared/clock.ts'
import type { RecordWriter } from '#shared/kafka/records/port.ts'
import { deadLetterHeaders } from '#shared/streams/dead-letters/headers.ts'
import type { DeadLetters } from '../domain/ports.ts'

export interface DeadLetterOptions {
  writer: Pick<RecordWriter, 'write'>
  /** The topic that the records were read from. */
  topic: string
  group: string
  clock: Pick<Clock, 'sleep'>
  /** Ends the attempts. */
  signal: AbortSignal
  say: (line: string) => void
}

const deadlineMs = 10_000
const pauseMs = 1000

/** The topic of the dead letters of another. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`
}

/** The DeadLetters port. A letter keeps the timestamp of its record. A letter that may have been written is written again: two of one record are better than none. */
export function createDeadLetterWriter(options: DeadLetterOptions): DeadLetters {
  const { writer, topic, group, clock, signal, say } = options
  const queue = deadLetterTopic(topic)
  return {
    async put(partition, { offset, timestampMs, key, value, headers }, problem) {
      const cause = { topic, partition, offset, timestampMs, group, deliveries: 1, ...problem }
      const kept = timestampMs < 0 ? undefined : timestampMs
      const letter = { timestampMs: kept, key, value, headers: deadLetterHeaders(cause, headers) }
      let said = false
      for (;;) {
        signal.throwIfAborted()
        const why = await writer.write(queue, [letter], { deadlineMs }).then(
          ([result]) => (result?.status === 'acknowledged' ? undefined : (result?.error.message ?? 'no answer')),
          (error: unknown) => (error instanceof Error ? error.message : String(error))
        )
        if (why === undefined) break
        if (!said) say(`${topic}-${partition} waits at ${offset}, because ${queue} does not take a dead letter: ${why}`)
        said = true
        await clock.sleep(pauseMs, signal)
      }
      say(`${topic}-${partition}:${offset} went to ${queue}: ${problem.message}`)
    }
  }
}
