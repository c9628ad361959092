import type { Partitioner } from './port.ts'

/** org.apache.kafka.clients.producer.internals.BuiltInPartitioner.partitionForKey: every client puts a key into one place. */
export const partitionForKey: Partitioner = (key, partitions) => (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions

/**
 * org.apache.kafka.common.utils.Utils.murmur2 in 32-bit integers. (The client's own computes with BigInt, which would take
 * a load test most of its time.)
 */
export function murmur2(data: Uint8Array): number {
  const m = 0x5bd1e995
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const length = data.length
  let h = 0x9747b28c ^ length
  const whole = length - (length % 4)
  for (let i = 0; i < whole; i += 4) {
    let k = Math.imul(view.getInt32(i, true), m)
    k = Math.imul(k ^ (k >>> 24), m)
    h = Math.imul(h, m) ^ k
  }
  if (length > whole) {
    for (let i = length - 1; i >= whole; i -= 1) h ^= view.getUint8(i) << (8 * (i - whole))
    h = Math.imul(h, m)
  }
  h = Math.imul(h ^ (h >>> 13), m)
  return h ^ (h >>> 15)
}
