import { Reader, readRecordsBatch } from '@platformatic/kafka'

/**
 * A partition's leader as Kafka's ProducerStateManager behaves: it takes a batch of the current epoch only if its sequence
 * follows, recognises its last five batches, and begins a newer epoch at sequence 0.
 */
export interface SimulatedLeader<Entry> {
  readonly log: readonly Entry[]
  /** @param entries what the log has of the records of the batch */
  append(batch: Uint8Array, entries: readonly Entry[]): { errorCode: number; baseOffset: number }
}

export function createSimulatedLeader<Entry>(): SimulatedLeader<Entry> {
  const log: Entry[] = []
  let epoch = -1
  let next = 0
  let last: { sequence: number; offset: number }[] = []
  return {
    log,
    append(batch, entries) {
      const { producerEpoch, firstSequence } = readRecordsBatch(Reader.from(Buffer.from(batch)))
      if (producerEpoch < epoch) return { errorCode: 47, baseOffset: -1 }
      if (producerEpoch > epoch) {
        if (firstSequence !== 0) return { errorCode: 45, baseOffset: -1 }
        epoch = producerEpoch
        next = 0
        last = []
      }
      const known = last.find(({ sequence }) => sequence === firstSequence)
      if (known) return { errorCode: 0, baseOffset: known.offset }
      if (firstSequence !== next) return { errorCode: 45, baseOffset: -1 }
      const baseOffset = log.length
      log.push(...entries)
      next += entries.length
      last = [...last.slice(-4), { sequence: firstSequence, offset: baseOffset }]
      return { errorCode: 0, baseOffset }
    }
  }
}
