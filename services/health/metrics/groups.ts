import { type GaugeSet, gaugeSet } from './gauge-set.ts'
import type { GroupOfTopics, GroupTopic, MetricSource } from './source.ts'

const groups = gaugeSet<GroupOfTopics>({
  level: 'group',
  labels: ['group'],
  items: byGroup,
  values: ({ group }) => [group],
  gauges: [
    {
      name: 'kafka_consumer_lag',
      help: 'Records that a consumer group is behind, over all of its partitions; missing unless all could be read',
      read: ({ lag, lagReason }) => (lagReason === undefined ? lag : null)
    },
    {
      name: 'kops_group_members',
      help: 'Members of the group; missing while its coordinator does not answer',
      read: ({ members }) => members
    },
    {
      name: 'kops_group_lag_seconds',
      help: 'Age of the oldest record that the group has not read, over the partitions for which it is known',
      read: ({ lagSeconds }) => lagSeconds
    }
  ]
})

const states = gaugeSet<GroupOfTopics>({
  level: 'group',
  labels: ['group', 'state'],
  items: byGroup,
  values: ({ group, state }) => [group, state],
  gauges: [{ name: 'kops_group_state', help: "1 for the current state of the group, in Kafka's terms", read: () => 1 }]
})

const verdicts = gaugeSet<GroupOfTopics>({
  level: 'group',
  labels: ['group', 'verdict'],
  items: byGroup,
  values: ({ group, verdict }) => [group, verdict ?? ''],
  gauges: [
    {
      name: 'kops_group_verdict',
      help: '1 for the verdict on the group: OK, WARN, STALL, STOP, REWIND or ERR; missing while it cannot be judged',
      read: ({ verdict }) => (verdict === null ? null : 1)
    }
  ]
})

const groupTopics = gaugeSet<GroupTopic>({
  level: 'group topic',
  labels: ['group', 'topic'],
  items: ({ groups }) => groups.map(({ group, topics }) => [group, topics] as const),
  values: ({ topic }, group) => [group, topic],
  gauges: [
    {
      name: 'kops_group_retention_margin_records',
      help: 'Records between the log start and the committed offset, for the partition with the fewest; negative: records removed unread',
      read: ({ partitions }) => least(partitions, ({ retentionMarginRecords }) => retentionMarginRecords)
    },
    {
      name: 'kops_group_retention_loss_seconds',
      help: 'Time until retention reaches unread records at the recent rates; missing while it is not getting closer',
      read: ({ partitions }) => least(partitions, ({ retentionLossSeconds }) => retentionLossSeconds)
    }
  ]
})

const groupPartitions = gaugeSet<GroupTopic['partitions'][number]>({
  level: 'group partition, repeated',
  labels: ['group', 'topic', 'partition', 'method'],
  items: ({ groups }) =>
    groups.map(
      ({ group, topics }) =>
        [group, topics.flatMap(({ partitions }) => partitions.filter(({ lagSeconds }) => lagSeconds !== null))] as const
    ),
  values: ({ topic, partition, lagSecondsMethod }, group) => [group, topic, partition, lagSecondsMethod ?? ''],
  gauges: [
    {
      name: 'kops_group_partition_lag_seconds',
      help: 'Age of the oldest record that the group has not read; method: interpolated, record_timestamp or caught_up',
      read: ({ lagSeconds }) => lagSeconds
    }
  ]
})

/**
 * The metrics that alerts need. For unhealthy groups the pulse serves them, so that an alert need not wait for the next
 * sweep scrape; for the others the sweep does.
 */
export const watchedGroupMetrics: readonly GaugeSet[] = [groups, verdicts]

export const groupMetrics = [groups, states, verdicts, groupTopics, groupPartitions]

function byGroup({ groups }: MetricSource) {
  return groups.map((group) => [group.group, [group]] as const)
}

function least<T>(items: readonly T[], read: (item: T) => number | null): number | null {
  let least: number | null = null
  for (const item of items) {
    const value = read(item)
    if (value !== null && (least === null || value < least)) least = value
  }
  return least
}
