import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { kopsDashboard } from './dashboard.ts'
import { badAboveZero, cluster, lagThresholds, steps } from './panels.ts'

/** Consumer groups: lag, verdicts, members and retention risk. */
export function consumerGroups(): Dashboard {
  return kopsDashboard({
    uid: 'kops-consumer-groups',
    title: 'Kafka consumer groups',
    description: 'Lag in records and in time, verdicts, members and retention risk of consumer groups.',
    variables: ['group', 'topic'],
    rows: [
      {
        title: 'State',
        panels: [
          {
            type: 'stat',
            title: 'Groups',
            description: 'Consumer groups, including those without members.',
            unit: 'short',
            query: `count(max by (cluster, group) (kops_group_members{${cluster}, group=~"$group"}))`,
            thresholds: steps('blue'),
            noValue: 'none'
          },
          {
            type: 'stat',
            title: 'Stuck',
            description: 'Groups that make no progress although records are waiting (STOP, STALL).',
            unit: 'short',
            query: `count(max by (cluster, group) (kops_group_verdict{${cluster}, group=~"$group", verdict=~"STOP|STALL"})) or 0 * sum(kafka_cluster_brokers_configured{${cluster}})`,
            thresholds: badAboveZero,
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Out of range',
            description: 'Groups whose committed offset is out of range (ERR).',
            unit: 'short',
            query: `count(max by (cluster, group) (kops_group_verdict{${cluster}, group=~"$group", verdict=~"ERR"})) or 0 * sum(kafka_cluster_brokers_configured{${cluster}})`,
            thresholds: badAboveZero,
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Falling behind',
            description: 'Groups whose lag is not going down (WARN).',
            unit: 'short',
            query: `count(max by (cluster, group) (kops_group_verdict{${cluster}, group=~"$group", verdict=~"WARN"})) or 0 * sum(kafka_cluster_brokers_configured{${cluster}})`,
            thresholds: steps('green', [1, 'yellow']),
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Worst lag',
            description: 'Records that the group furthest behind has not read. The alert fires above 10,000.',
            unit: 'short',
            query: `max(kafka_consumer_lag{${cluster}, group=~"$group"})`,
            thresholds: lagThresholds,
            noValue: 'no group'
          },
          {
            type: 'stat',
            title: 'Oldest unread record',
            description: 'Age of the oldest record that a group has not read.',
            unit: 's',
            query: `max(kops_group_lag_seconds{${cluster}, group=~"$group"})`,
            thresholds: steps('green', [60, 'yellow'], [600, 'red']),
            noValue: 'unknown'
          }
        ]
      },
      {
        title: 'Lag',
        panels: [
          {
            type: 'lines',
            title: 'Lag',
            description:
              'Records between committed and end offsets, by group. A gap means that a partition could not be read.',
            unit: 'short',
            span: 12,
            queries: [[`max by (group) (kafka_consumer_lag{${cluster}, group=~"$group"})`, '{{group}}']]
          },
          {
            type: 'lines',
            title: 'Lag in time',
            description:
              'Age of the oldest record that a group has not read, over the partitions for which it is known.',
            unit: 's',
            span: 12,
            queries: [[`max by (group) (kops_group_lag_seconds{${cluster}, group=~"$group"})`, '{{group}}']]
          },
          {
            type: 'lines',
            title: 'Lag by topic',
            description: 'Records that a group is behind in each topic.',
            unit: 'short',
            span: 12,
            queries: [
              [
                `max by (consumergroup, topic) (kafka_consumergroup_lag_sum{${cluster}, consumergroup=~"$group", topic=~"$topic"})`,
                '{{consumergroup}} {{topic}}'
              ]
            ]
          },
          {
            type: 'lines',
            title: 'Records read',
            description: 'By group and topic, from committed offsets.',
            unit: 'cps',
            span: 12,
            queries: [
              [
                `sum by (consumergroup, topic) (clamp_min(deriv(kafka_consumergroup_current_offset{${cluster}, consumergroup=~"$group", topic=~"$topic"}[$__rate_interval]), 0))`,
                '{{consumergroup}} {{topic}}'
              ]
            ]
          }
        ]
      },
      {
        title: 'Members and retention',
        panels: [
          {
            type: 'lines',
            title: 'Members',
            description: 'Members of each group. At 0 nobody is reading.',
            unit: 'short',
            span: 12,
            queries: [[`max by (group) (kops_group_members{${cluster}, group=~"$group"})`, '{{group}}']]
          },
          {
            type: 'lines',
            title: 'Margin to retention',
            description:
              'Records between the log start and the committed offset, for the partition with the fewest. Below 0, retention has removed unread records.',
            unit: 'short',
            span: 12,
            queries: [
              [
                `min by (group, topic) (kops_group_retention_margin_records{${cluster}, group=~"$group", topic=~"$topic"})`,
                '{{group}} {{topic}}'
              ]
            ]
          }
        ]
      }
    ]
  })
}
