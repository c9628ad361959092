import { createBatchSize } from './batch-size.ts'
import { createLane, type Lane } from './partition-lane.ts'
import type { BulkProducer, BulkProducerOptions } from './port.ts'
import { createBufferPool } from './record-batch.ts'

/**
 * A producer without a cluster: it does all that a producer does with records, and acknowledges each full batch instead of
 * sending it. A process that has used it has its code compiled and its memory grown before the first record counts.
 */
export function createDryProducer(options: BulkProducerOptions, partitions: number): BulkProducer {
  const { batchBytes, compression, deliveryTimeoutMs, onOutcome } = options
  const batchSize = createBatchSize(batchBytes, compression)
  const buffers = createBufferPool()
  const common = { idempotent: true, mostInFlight: 1, compression, batchSize, buffers, deliveryTimeoutMs, onOutcome }
  const lanes = Array.from({ length: partitions }, (_, partition) => {
    const lane = createLane({ ...common, partition })
    lane.identity = { id: 0n, epoch: 0 }
    return lane
  })
  const settle = (lane: Lane) => lane.acknowledged(lane.take(performance.now()), 0, performance.now())

  return {
    open: async () => ({ partitions }),
    append(record) {
      const lane = lanes[record.partition]
      if (!lane) throw new Error(`there is no partition ${record.partition}`)
      lane.append(record, () => performance.now(), Date.now())
      if (lane.complete > 0) settle(lane)
      return true
    },
    drained: async () => {},
    async flush() {
      for (const lane of lanes) while (!lane.idle) settle(lane)
    },
    async close() {
      for (const lane of lanes) lane.cancel(performance.now())
    }
  }
}
