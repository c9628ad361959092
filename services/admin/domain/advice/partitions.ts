import type { Advice, AdviceQuery } from '#shared/contracts/advice.ts'

/** The assumed capacity of one partition: a rule of thumb for a broker's disk and a consumer's throughput. */
const mbPerSecOfPartition = 10
/** Below this a topic spreads its leaders unevenly over the brokers, and has no room to grow. */
const minimumPartitions = 6

/**
 * The recommended number of partitions: the largest of three needs. Partitions can be added later but not removed, and
 * adding them remaps keys, so count the consumers of the largest expected group.
 */
export function advisePartitions({ consumers, throughputMbPerSec }: AdviceQuery): Advice {
  const throughput = Math.ceil(throughputMbPerSec / mbPerSecOfPartition)
  const needs: Advice['needs'] = [
    {
      what: 'consumers',
      partitions: consumers,
      reason: `Only one consumer of a group reads a partition: with fewer than ${consumers}, some consumers are idle`
    },
    {
      what: 'throughput',
      partitions: throughput,
      reason: `${throughputMbPerSec} MB/s at about ${mbPerSecOfPartition} MB/s per partition`
    },
    {
      what: 'minimum',
      partitions: minimumPartitions,
      reason: `${minimumPartitions} minimum, so that leaders spread over the brokers and more consumers can join later`
    }
  ]
  const partitions = Math.max(...needs.map((need) => need.partitions))
  const evenlyShared = Math.ceil(partitions / consumers) * consumers
  const deciding = needs.filter((need) => need.partitions === partitions)
  const reasons = deciding.map(({ what, reason }) => `Decided by ${what}: ${reason}`)
  if (evenlyShared !== partitions) {
    reasons.push(
      `${partitions} is not a multiple of ${consumers} consumers: some would have one partition more than others; ` +
        `${evenlyShared} would be even`
    )
  }
  return { partitions, evenlyShared, needs, reasons }
}
