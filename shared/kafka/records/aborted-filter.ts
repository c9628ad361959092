import type { AbortedTransaction } from '../protocol/fetch.ts'

/** The transaction data in a batch's header. */
export interface BatchOrigin {
  producerId: bigint
  lastOffset: number
  transactional: boolean
  /** It is the marker that aborts its producer's transaction. */
  abortMarker: boolean
}

/**
 * Recognises batches of aborted transactions, in the order of their offsets. A producer's batches are aborted from the
 * first offset of its transaction to the marker; the same producer may have committed later ones. Source: KIP-98, and
 * Kafka's own consumer (org.apache.kafka.clients.consumer.internals.CompletedFetch).
 */
export function createAbortedFilter(aborted: readonly AbortedTransaction[]): (batch: BatchOrigin) => boolean {
  const ahead = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const producers = new Set<bigint>()
  return ({ producerId, lastOffset, transactional, abortMarker }) => {
    for (let next = ahead[0]; next !== undefined && next.firstOffset <= lastOffset; next = ahead[0]) {
      producers.add(next.producerId)
      ahead.shift()
    }
    if (abortMarker) producers.delete(producerId)
    return transactional && !abortMarker && producers.has(producerId)
  }
}
