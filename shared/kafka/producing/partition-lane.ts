import type { BatchOutcome, BulkRecord } from './port.ts'
import { type BatchBuilder, createBatchBuilder, type ProducerIdentity } from './record-batch.ts'

/** A batch on its way from the first record to its outcome. Times are monotonic milliseconds. */
export interface Batch {
  builder: BatchBuilder
  createdAt: number
  sentAt: number | null
  attempts: number
  /** An attempt ended without an answer: the broker may have written it. */
  mayBeWritten: boolean
  lastCode: string | undefined
  /** Compressed and stamped; a retry sends the same bytes, so the broker knows it again. */
  bytes: Uint8Array | null
}

/** The queue of one partition. At most one of its batches is in flight, so that a retry cannot reorder anything. */
export interface Lane {
  readonly partition: number
  leader: number | null
  inFlight: Batch | null
  /** Not before this time: the pause after a failed attempt. */
  retryAt: number
  /**
   * The producer id; null after a batch with an unknown outcome, because the broker would refuse the gap in the
   * sequence.
   */
  identity: ProducerIdentity | null
  nextSequence: number
  append(record: BulkRecord, now: number, timestampMs: number): { bytes: number; full: boolean }
  /** The next batch, if any, unless it has to wait. */
  head(): { batch: Batch; complete: boolean } | null
  /** Takes the next batch out: compressed, stamped, in flight. */
  take(identity: ProducerIdentity, now: number): Batch
  /** Puts the batch in flight back to the front. */
  retry(retryAt: number): void
  /** Removes the next batch without sending it. */
  drop(): Batch | null
}

export function createLane(partition: number, batchBytes: number): Lane {
  const queue: Batch[] = []
  let growing: Batch | null = null

  const lane: Lane = {
    partition,
    leader: null,
    inFlight: null,
    retryAt: 0,
    identity: null,
    nextSequence: 0,
    append(record, now, timestampMs) {
      const before = growing?.builder.uncompressedBytes ?? 0
      if (growing?.builder.append(record, timestampMs)) {
        return { bytes: growing.builder.uncompressedBytes - before, full: queue.length > 0 }
      }
      if (growing) queue.push(growing)
      growing = {
        builder: createBatchBuilder(batchBytes),
        createdAt: now,
        sentAt: null,
        attempts: 0,
        mayBeWritten: false,
        lastCode: undefined,
        bytes: null
      }
      growing.builder.append(record, timestampMs)
      return { bytes: growing.builder.uncompressedBytes, full: queue.length > 0 }
    },
    head() {
      const [batch] = queue
      if (batch) return { batch, complete: true }
      return growing ? { batch: growing, complete: false } : null
    },
    take(identity, now) {
      const batch = lane.drop()
      if (!batch) throw new Error(`partition ${partition} has no batch waiting`)
      if (!batch.bytes) {
        batch.builder.seal()
        batch.bytes = batch.builder.stamp(identity, lane.nextSequence)
        lane.nextSequence += batch.builder.records
      }
      batch.sentAt ??= now
      batch.attempts += 1
      lane.inFlight = batch
      return batch
    },
    retry(retryAt) {
      if (lane.inFlight) queue.unshift(lane.inFlight)
      lane.inFlight = null
      lane.retryAt = retryAt
    },
    drop() {
      const batch = queue.shift() ?? growing
      if (batch === growing) growing = null
      return batch
    }
  }
  return lane
}

/** The outcome of a batch that will not be sent again. */
export function outcomeOf(
  batch: Batch,
  partition: number,
  endedAt: number,
  result: { acknowledged: true; baseOffset: number | null } | { acknowledged: false; code: string }
): BatchOutcome {
  const uncompressedBytes = batch.builder.uncompressedBytes
  return {
    status: result.acknowledged ? 'acknowledged' : batch.mayBeWritten ? 'indeterminate' : 'failed',
    partition,
    records: batch.builder.records,
    tags: batch.builder.tags,
    baseOffset: result.acknowledged ? result.baseOffset : null,
    code: result.acknowledged ? undefined : result.code,
    attempts: batch.attempts,
    sentAt: batch.sentAt,
    endedAt,
    uncompressedBytes,
    compressedBytes: batch.bytes?.length ?? uncompressedBytes
  }
}
