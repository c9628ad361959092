import type { BatchOutcome } from './port.ts'
import type { BatchBuilder, ProducerIdentity } from './record-batch.ts'

/** A batch on its way from the first record to its outcome. Times are monotonic milliseconds. */
export interface Batch {
  /** Position among the batches of its partition. */
  readonly number: number
  /** Number of its first record among those of its partition. */
  readonly firstRecord: number
  builder: BatchBuilder
  createdAt: number
  sentAt: number | null
  attempts: number
  /** The broker that it was sent to last. */
  broker: number | null
  /** When an attempt first failed. */
  errorAt: number | null
  /** An attempt ended without an answer: the broker may have written it. */
  mayBeWritten: boolean
  lastCode: string | undefined
  /** Whose sequence its bytes carry; null before it is sent for the first time. */
  stampedBy: ProducerIdentity | null
  /** Compressed and stamped; a retry sends the same bytes, so the broker knows it again. */
  bytes: Buffer | null
}

/** A batch of which nothing has been sent. @param now monotonic milliseconds */
export function newBatch(number: number, firstRecord: number, builder: BatchBuilder, now: number): Batch {
  return {
    number,
    firstRecord,
    builder,
    createdAt: now,
    sentAt: null,
    attempts: 0,
    broker: null,
    errorAt: null,
    mayBeWritten: false,
    lastCode: undefined,
    stampedBy: null,
    bytes: null
  }
}

/** How a batch ended. */
export type BatchEnd =
  | { status: 'acknowledged'; baseOffset: number | null }
  | { status: 'unconfirmed' }
  /** Without an acknowledgement that was to come. */
  | { status: 'ended'; code: string }

/** The outcome of a batch that will not be sent again. */
export function outcomeOf(batch: Batch, partition: number, endedAt: number, result: BatchEnd): BatchOutcome {
  const { records, tags, uncompressedBytes } = batch.builder
  return {
    status: result.status === 'ended' ? (batch.mayBeWritten ? 'indeterminate' : 'failed') : result.status,
    partition,
    records,
    firstRecord: batch.firstRecord,
    tags,
    baseOffset: result.status === 'acknowledged' ? result.baseOffset : null,
    code: result.status === 'ended' ? result.code : undefined,
    attempts: batch.attempts,
    broker: batch.broker,
    errorAt: batch.errorAt,
    sentAt: batch.sentAt,
    endedAt,
    uncompressedBytes,
    compressedBytes: batch.bytes?.length ?? uncompressedBytes
  }
}
