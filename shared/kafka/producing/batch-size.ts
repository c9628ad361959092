import type { Compression } from './port.ts'
import { headerBytes } from './record-batch.ts'

// The steps of Kafka's own estimate: quick to notice that batches compress less, slow to trust that they compress more.
const improvingStep = 0.005
const worseningStep = 0.05
const safety = 1.05
/** Below Kafka's default of max.message.bytes, so that a batch that compresses unexpectedly little is still accepted. */
const mostUncompressedBytes = 1_000_000

/** How large a batch may grow before compression so that it has the size asked for after it. */
export interface BatchSize {
  /** Limit of the next batch, in bytes before compression, header included. */
  limitBytes(): number
  /** Learns from a batch how well records compress. */
  observe(uncompressedBytes: number, compressedBytes: number): void
}

/**
 * As org.apache.kafka.common.record.CompressionRatioEstimator and MemoryRecordsBuilder do it: without such an estimate, a
 * batch of log events has 40 % of the size asked for, and a cluster takes two and a half times the batches.
 * @param batchBytes of a batch as it is sent
 */
export function createBatchSize(batchBytes: number, compression: Compression): BatchSize {
  let ratio = 1
  return {
    limitBytes() {
      if (compression === 'none') return batchBytes
      const records = Math.max(0, batchBytes - headerBytes) / (ratio * safety)
      return Math.max(batchBytes, Math.min(mostUncompressedBytes, Math.floor(headerBytes + records)))
    },
    observe(uncompressedBytes, compressedBytes) {
      const observed = (compressedBytes - headerBytes) / Math.max(1, uncompressedBytes - headerBytes)
      if (observed > ratio) ratio = Math.max(ratio + worseningStep, observed)
      else if (observed < ratio) ratio = Math.max(ratio - improvingStep, observed)
    }
  }
}
