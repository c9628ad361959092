import type { Advice, AdviceQuery } from '#shared/contracts/advice.ts'

/** The assumed capacity of one partition: a rule of thumb for a broker's disk and a consumer's throughput. */
const mbPerSecOfPartition = 10
/** Below this a topic spreads its leaders unevenly over the brokers, and has no room to grow. */
const minimumPartitions = 6

/** With three replicas a broker may be lost while another one is being restarted. */
const replicationFactor = 3

/** What a topic in production sets: catalog/streaming-analytics.yaml has topics with them. */
const productionConfigs: Advice['configs'] = [
  { name: 'cleanup.policy', value: 'delete', reason: 'Old records go; compact instead keeps the newest of each key' },
  { name: 'retention.ms', value: '2592000000', reason: '30 days: time to find a mistake and to read again' },
  {
    name: 'retention.bytes',
    value: '1073741824000',
    reason: '1 TB for a partition, so that a flood does not fill the disk: set what your disks hold'
  },
  { name: 'segment.ms', value: '86400000', reason: 'A segment a day: retention removes whole segments only' },
  { name: 'compression.type', value: 'lz4', reason: 'Fast, and stored so whatever the producer sends' },
  {
    name: 'min.insync.replicas',
    value: '2',
    reason: 'What acks=all acknowledges is on two brokers, and writes go on while one of three is down'
  },
  {
    name: 'unclean.leader.election.enable',
    value: 'false',
    reason: 'Rather offline for a while than without acknowledged records'
  },
  { name: 'max.message.bytes', value: '1048576', reason: '1 MiB: larger messages delay all others of a partition' }
]

/**
 * The recommended number of partitions: the largest of three needs. Partitions can be added later but not removed, and
 * adding them remaps keys, so count the consumers of the largest expected group. With it, the settings of a topic in production.
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
  return { partitions, evenlyShared, needs, replicationFactor, configs: productionConfigs, reasons }
}
