import type { BrokerHealth } from '#shared/contracts/broker-health.ts'
import { formatEndpoint } from '#shared/kafka/model.ts'
import { alone, gaugeSet } from './gauge-set.ts'
import type { GroupOfTopics, GroupTopic, TopicOfPartitions, TopicPartition } from './source.ts'

/**
 * kafka_exporter's metrics, under its names and labels (https://github.com/danielqsj/kafka_exporter), so that its
 * dashboards work. Unlike there, unknown values have no series: no lag of -1 without a commit, no stopped brokers, and
 * lag counts from the log start if the commit is below it.
 */
const brokers = gaugeSet<readonly BrokerHealth[]>({
  level: 'cluster',
  labels: [],
  items: ({ health }) => alone([health.brokers]),
  values: () => [],
  gauges: [{ name: 'kafka_brokers', help: 'Brokers of the cluster that answer', read: (all) => alive(all).length }]
})

const brokerInfo = gaugeSet<BrokerHealth>({
  level: 'node',
  labels: ['id', 'address'],
  items: ({ health }) => alone(alive(health.brokers)),
  values: (broker) => [broker.id ?? '', formatEndpoint(broker)],
  gauges: [{ name: 'kafka_broker_info', help: '1 for each broker that answers, with its address', read: () => 1 }]
})

const topics = gaugeSet<TopicOfPartitions>({
  level: 'topic',
  labels: ['topic'],
  items: ({ topics }) => topics.map((topic) => [topic.topic, [topic]] as const),
  values: ({ topic }) => [topic],
  gauges: [
    { name: 'kafka_topic_partitions', help: 'Partitions of the topic', read: ({ partitions }) => partitions.length }
  ]
})

const topicPartitions = gaugeSet<TopicPartition>({
  level: 'topic partition',
  labels: ['topic', 'partition'],
  items: ({ topics }) => topics.map(({ topic, partitions }) => [topic, partitions] as const),
  values: ({ metadata }, topic) => [topic, metadata.partition],
  gauges: [
    {
      name: 'kafka_topic_partition_current_offset',
      help: 'End offset (high watermark) of the partition',
      read: ({ offsets }) => offsets?.logEndOffset ?? null
    },
    {
      name: 'kafka_topic_partition_oldest_offset',
      help: 'Log start offset of the partition',
      read: ({ offsets }) => offsets?.logStartOffset ?? null
    },
    {
      name: 'kafka_topic_partition_in_sync_replica',
      help: 'In-sync replicas of the partition',
      read: ({ metadata: { isr } }) => isr.length
    },
    {
      name: 'kafka_topic_partition_replicas',
      help: 'Replicas of the partition',
      read: ({ metadata: { replicas } }) => replicas.length
    },
    {
      name: 'kafka_topic_partition_leader',
      help: 'Broker id of the leader; missing while there is none',
      read: ({ metadata: { leader } }) => leader
    },
    {
      name: 'kafka_topic_partition_leader_is_preferred',
      help: '1 if the preferred replica leads the partition, 0 if not',
      read: ({ metadata: { leader, replicas } }) => Number(leader !== null && leader === replicas[0])
    },
    {
      name: 'kafka_topic_partition_under_replicated_partition',
      help: '1 if the partition has fewer in-sync replicas than replicas, 0 if not',
      read: ({ metadata: { isr, replicas } }) => Number(isr.length < replicas.length)
    }
  ]
})

const groups = gaugeSet<GroupOfTopics>({
  level: 'group',
  labels: ['consumergroup'],
  items: ({ groups }) => groups.map((group) => [group.group, [group]] as const),
  values: ({ group }) => [group],
  gauges: [{ name: 'kafka_consumergroup_members', help: 'Members of the group', read: ({ members }) => members }]
})

const groupTopics = gaugeSet<GroupTopic>({
  level: 'group topic',
  labels: ['consumergroup', 'topic'],
  items: ({ groups }) => groups.map(({ group, topics }) => [group, topics] as const),
  values: ({ topic }, group) => [group, topic],
  gauges: [
    {
      name: 'kafka_consumergroup_current_offset_sum',
      help: 'Sum of the committed offsets of the group in the topic',
      read: ({ partitions }) => sumOf(partitions, ({ committedOffset }) => committedOffset)
    },
    {
      name: 'kafka_consumergroup_lag_sum',
      help: 'Records that the group is behind in the topic; missing unless all of its partitions could be read',
      read: ({ partitions }) => sumOf(partitions, ({ lag }) => lag)
    }
  ]
})

const groupPartitions = gaugeSet<GroupTopic['partitions'][number]>({
  level: 'group partition',
  labels: ['consumergroup', 'topic', 'partition'],
  items: ({ groups }) =>
    groups.map(({ group, topics }) => [group, topics.flatMap(({ partitions }) => partitions)] as const),
  values: ({ topic, partition }, group) => [group, topic, partition],
  gauges: [
    {
      name: 'kafka_consumergroup_current_offset',
      help: 'Committed offset of the group',
      level: 'group partition, repeated',
      read: ({ committedOffset }) => committedOffset
    },
    {
      name: 'kafka_consumergroup_lag',
      help: 'Records of the partition that the group has yet to read',
      read: ({ lag }) => lag
    }
  ]
})

export const kafkaExporterMetrics = [brokers, brokerInfo, topics, topicPartitions, groups, groupTopics, groupPartitions]

function alive(brokers: readonly BrokerHealth[]): BrokerHealth[] {
  return brokers.filter(({ id, reachable }) => reachable && id !== null)
}

/** A partition without a commit adds nothing; if another value is missing, there is no sum. */
function sumOf(
  partitions: GroupTopic['partitions'],
  read: (partition: GroupTopic['partitions'][number]) => number | null
): number | null {
  let sum: number | null = null
  for (const partition of partitions) {
    const value = read(partition)
    if (value !== null) sum = (sum ?? 0) + value
    else if (partition.lagReason !== 'no_commit') return null
  }
  return sum
}
