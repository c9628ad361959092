import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { kopsDashboard } from './dashboard.ts'
import { badAboveZero, cluster, steps } from './panels.ts'

/** Topics: throughput, size and health. */
export function topics(): Dashboard {
  return kopsDashboard({
    uid: 'kops-topics',
    title: 'Kafka topics',
    description: 'Throughput, size, replication and health of topics.',
    variables: ['topic'],
    rows: [
      {
        title: 'State',
        panels: [
          {
            type: 'stat',
            title: 'Topics',
            description: 'Topics, including internal ones.',
            unit: 'short',
            query: `sum(max by (cluster) (kafka_cluster_topics{${cluster}}))`,
            thresholds: steps('blue'),
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Topics with faults',
            description: 'Topics with a partition that is offline, under-replicated or refuses writes.',
            unit: 'short',
            query: `sum(max by (cluster) (kafka_cluster_topics{${cluster}}) - max by (cluster) (kafka_cluster_topics_healthy{${cluster}}))`,
            thresholds: badAboveZero,
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Partitions',
            description: 'Partitions of the chosen topics.',
            unit: 'short',
            query: `sum(max by (cluster, topic) (kafka_topic_partitions{${cluster}, topic=~"$topic"}))`,
            thresholds: steps('blue'),
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Under-replicated',
            description: 'Partitions of the chosen topics with fewer in-sync replicas than replicas.',
            unit: 'short',
            query: `sum(max by (cluster, topic, partition) (kafka_topic_partition_under_replicated_partition{${cluster}, topic=~"$topic"}))`,
            thresholds: badAboveZero,
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Refuse writes',
            description: 'Partitions of the chosen topics with fewer in-sync replicas than min.insync.replicas.',
            unit: 'short',
            query: `sum(max by (cluster, topic) (kops_topic_under_min_isr_partitions{${cluster}, topic=~"$topic"}))`,
            thresholds: badAboveZero,
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Not on preferred leader',
            description:
              'Partitions of the chosen topics whose leader is not the preferred replica. kops brokers elect-leaders moves them back.',
            unit: 'short',
            query: `sum(1 - max by (cluster, topic, partition) (kafka_topic_partition_leader_is_preferred{${cluster}, topic=~"$topic"}))`,
            thresholds: steps('green', [1, 'yellow']),
            noValue: 'unknown'
          }
        ]
      },
      {
        title: 'Records',
        panels: [
          {
            type: 'lines',
            title: 'Records written',
            description:
              'By topic, from the growth of end offsets. A recreated topic shows none until its end offsets exceed those of the old topic.',
            unit: 'cps',
            span: 12,
            queries: [
              [
                `sum by (topic) (clamp_min(deriv(kafka_topic_partition_current_offset{${cluster}, topic=~"$topic"}[$__rate_interval]), 0))`,
                '{{topic}}'
              ]
            ]
          },
          {
            type: 'lines',
            title: 'Records kept',
            description: 'Records between log start and log end offset, by topic; compacted topics hold fewer.',
            unit: 'short',
            span: 12,
            queries: [
              [
                `sum by (topic) (max by (topic, partition) (kafka_topic_partition_current_offset{${cluster}, topic=~"$topic"}) - max by (topic, partition) (kafka_topic_partition_oldest_offset{${cluster}, topic=~"$topic"}))`,
                '{{topic}}'
              ]
            ]
          }
        ]
      },
      {
        title: 'Space and health',
        panels: [
          {
            type: 'lines',
            title: 'Size',
            description: 'Size of all replicas, by topic. A gap means that a broker did not report.',
            unit: 'bytes',
            span: 12,
            queries: [[`max by (topic) (kops_topic_size_bytes{${cluster}, topic=~"$topic"})`, '{{topic}}']]
          },
          {
            type: 'lines',
            title: 'Health score',
            description: '100 means no faults.',
            unit: 'short',
            span: 12,
            queries: [[`min by (topic) (kops_topic_health_score{${cluster}, topic=~"$topic"})`, '{{topic}}']]
          },
          {
            type: 'lines',
            title: 'In-sync replicas',
            description: 'In-sync replicas of the partition with the fewest, by topic.',
            unit: 'short',
            span: 12,
            queries: [
              [`min by (topic) (kafka_topic_partition_in_sync_replica{${cluster}, topic=~"$topic"})`, '{{topic}}']
            ]
          },
          {
            type: 'lines',
            title: 'Offline partitions',
            description: 'Partitions without a leader, by topic.',
            unit: 'short',
            span: 12,
            queries: [[`max by (topic) (kops_topic_offline_partitions{${cluster}, topic=~"$topic"})`, '{{topic}}']]
          }
        ]
      }
    ]
  })
}
