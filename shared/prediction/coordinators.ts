/** Kafka's topics whose partitions' leaders coordinate groups and transactions. */
export const groupTopic = '__consumer_offsets'
export const transactionTopic = '__transaction_state'

/**
 * The partition of `__consumer_offsets` or `__transaction_state` whose leader coordinates a group or a transactional id:
 * Utils.abs(id.hashCode) % partitions.
 */
export function coordinatorPartition(id: string, partitions: number): number {
  let hash = 0
  for (let at = 0; at < id.length; at++) hash = (Math.imul(31, hash) + id.charCodeAt(at)) | 0
  // Java has no positive counterpart of its smallest integer; Kafka takes 0.
  return (hash === -2147483648 ? 0 : Math.abs(hash)) % partitions
}
