import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordWriter } from '#shared/kafka/records/port.ts'

/** Writes records to one partition in the background, in the order in which they were put in. */
export interface Outbox {
  /** Records that could not be written by then are dropped, and `onDropped` learns why. */
  put(value: string): void
  /** Writes what waits, for a moment. Idempotent. */
  close(): Promise<void>
}

export interface OutboxOptions {
  writer: Pick<RecordWriter, 'write'>
  topic: string
  partition: number
  onDropped: (error: unknown, records: number) => void
}

const deadlineMs = 10_000
const pauseMs = 100
/** A record that may have been written is sent again: its reader recognises duplicates. */
const triesForMs = 20_000
const lastMs = 5000
const mostAtOnce = 500

export function createOutbox({ writer, topic, partition, onDropped }: OutboxOptions): Outbox {
  let waiting: { value: Buffer; putAtMs: number }[] = []
  let writing: Promise<void> | undefined
  let closed = false

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const now = performance.now()
      const some = waiting.slice(0, mostAtOnce)
      const outcome = await writeAll(some.map(({ value }) => value))
      waiting = waiting.slice(outcome.written)
      if (outcome.error === undefined) continue
      const kept = waiting.filter(({ putAtMs }) => now - putAtMs < (closed ? lastMs : triesForMs))
      if (kept.length < waiting.length) onDropped(outcome.error, waiting.length - kept.length)
      waiting = kept
      if (waiting.length > 0) await sleep(pauseMs)
    }
  }

  /** @returns how many of the first ones are written, and why not all are */
  async function writeAll(values: Buffer[]): Promise<{ written: number; error?: unknown }> {
    try {
      const records = values.map((value) => ({ partition, key: null, value, headers: [] }))
      const results = await writer.write(topic, records, { deadlineMs })
      const failed = results.findIndex(({ status }) => status !== 'acknowledged')
      const result = results[failed]
      if (!result || result.status === 'acknowledged') return { written: values.length }
      return { written: failed, error: result.error }
    } catch (error) {
      return { written: 0, error }
    }
  }

  function start(): void {
    writing ??= drain().finally(() => {
      writing = undefined
      // What was put in since its last look.
      if (waiting.length > 0) start()
    })
  }

  return {
    put(value) {
      waiting.push({ value: Buffer.from(value), putAtMs: performance.now() })
      start()
    },
    async close() {
      closed = true
      await Promise.race([writing, sleep(lastMs)])
    }
  }
}
