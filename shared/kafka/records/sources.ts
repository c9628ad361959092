import type { BatchRecords } from './batch-records.ts'
import type { Source } from './merge-read.ts'
import type { DecodedBatch } from './record-batches.ts'
import { createRecordQueue } from './record-queue.ts'

/** The offsets of one partition to read, `from` inclusive, `to` exclusive. */
export interface Span {
  partition: number
  from: number
  to: number
}

/**
 * Fetches batches and keeps the accounts. `failed`: the partition cannot be read, which it has reported; `over`: the deadline
 * has passed.
 */
export type FetchBatches = (span: Span, maxBytes: number) => Promise<DecodedBatch[] | 'failed' | 'over'>

export interface SpanSource extends Source {
  position(): number
  finished(): boolean
}

/** Reads a span from its start. */
export function forwardSource({ partition, from, to }: Span, fetch: FetchBatches): SpanSource {
  const waiting = createRecordQueue()
  let fetched = from
  let position = from
  let failed = false
  return {
    partition,
    waiting,
    exhausted: () => failed || fetched >= to,
    async refill(maxBytes) {
      const batches = await fetch({ partition, from: fetched, to }, maxBytes)
      if (typeof batches === 'string') {
        failed = batches === 'failed'
        return
      }
      for (const { records, nextOffset } of batches) {
        waiting.push(records.between(fetched, to, 'ascending'))
        fetched = Math.max(fetched, nextOffset)
      }
    },
    passed: ({ offset }) => {
      position = offset + 1
    },
    // Also reads offsets after the last record that compaction or control records left empty.
    position: () => (waiting.peek() === undefined ? Math.max(position, Math.min(fetched, to)) : position),
    finished: () => waiting.peek() === undefined && fetched >= to
  }
}

const firstWindow = 64
const largestWindow = 16_384
/** A window that weighs less than this is followed by one twice as long. */
const lightBytes = 262_144

/**
 * Reads a span from its end, in windows: each is fetched forwards, as the log can only be, and handed out backwards. A window
 * that begins within a batch is extended to the batch's first record, which was fetched anyway.
 */
export function backwardSource({ partition, from, to }: Span, fetch: FetchBatches): SpanSource {
  const waiting = createRecordQueue()
  let unread = to
  let position = to
  let window = firstWindow
  let bytesPerOffset = 0
  let failed = false

  /** The number of offsets that fit into this many bytes, by the size of the last ones. */
  const fitting = (bytes: number) => Math.max(1, Math.floor(bytes / Math.max(1, bytesPerOffset)))

  async function readWindow(maxBytes: number): Promise<void> {
    window = Math.min(window, bytesPerOffset === 0 ? window : fitting(maxBytes))
    let low = Math.max(from, unread - window)
    let next = low
    let weight = 0
    let collected: { records: BatchRecords; from: number }[] = []
    while (next < unread) {
      // The first look takes half: should it show that the window is too long, the other half is left for its end.
      const batches = await fetch({ partition, from: next, to: unread }, weight === 0 ? maxBytes / 2 : maxBytes)
      if (typeof batches === 'string') {
        failed = batches === 'failed'
        return
      }
      const [first] = batches
      if (first === undefined) continue
      if (next === low) {
        low = Math.max(from, Math.min(low, first.baseOffset))
        next = low
      }
      for (const batch of batches) {
        weight += batch.bytes
        collected.push({ records: batch.records, from: next })
        next = Math.max(next, batch.nextOffset)
      }
      bytesPerOffset = weight / Math.max(1, next - low)
      if (next < unread && bytesPerOffset * (unread - low) > maxBytes && unread - low > 1) {
        // Too much precedes the newest: read what is closer to the end first, and the rest in another window.
        const shorter = Math.min(unread - low - 1, fitting(Math.max(0, maxBytes - weight)))
        if (unread - shorter > next) {
          low = unread - shorter
          next = low
          collected = []
          weight = 0
          window = shorter
        }
      }
    }
    for (const { records, from } of collected.reverse()) waiting.push(records.between(from, unread, 'descending'))
    unread = low
    if (weight < lightBytes) window = Math.min(largestWindow, window * 2)
  }

  return {
    partition,
    waiting,
    exhausted: () => failed || unread <= from,
    refill: readWindow,
    passed: ({ offset }) => {
      position = offset
    },
    position: () => (waiting.peek() === undefined ? Math.min(position, unread) : position),
    finished: () => waiting.peek() === undefined && unread <= from
  }
}
