import type { ClusterHealth } from '#shared/contracts/health.ts'
import type { HealthStatus } from '#shared/contracts/health-status.ts'
import { alone, gaugeSet } from './gauge-set.ts'

const statuses: readonly HealthStatus[] = ['HEALTHY', 'DEGRADED', 'DOWN']

const numbers = gaugeSet<ClusterHealth>({
  level: 'cluster',
  labels: [],
  items: ({ health }) => alone([health]),
  values: () => [],
  gauges: [
    {
      name: 'kafka_cluster_brokers_healthy',
      help: 'Brokers that answered the last reading of the cluster',
      read: ({ brokers }) => countOf(brokers, ({ reachable }) => reachable)
    },
    {
      name: 'kafka_cluster_brokers_configured',
      help: 'Brokers that should answer: configured, reported by the cluster, or holding replicas',
      read: ({ brokers }) => brokers.length
    },
    {
      name: 'kafka_cluster_zookeepers_healthy',
      help: 'ZooKeeper nodes that answered the last reading and serve a quorum',
      read: ({ zookeepers }) => (zookeepers.length === 0 ? null : countOf(zookeepers, ({ mode }) => mode !== null))
    },
    {
      name: 'kafka_cluster_zookeepers_configured',
      help: 'ZooKeeper nodes that should answer',
      read: ({ zookeepers }) => (zookeepers.length === 0 ? null : zookeepers.length)
    },
    {
      name: 'kafka_cluster_topics',
      help: 'Topics, including internal ones',
      read: ({ partitions, topics }) => partitions && topics.length
    },
    {
      name: 'kafka_cluster_topics_healthy',
      help: 'Topics without partitions that are offline, under-replicated, under min-ISR or unconfirmed',
      read: ({ partitions, topics }) => partitions && countOf(topics, ({ healthy }) => healthy)
    },
    {
      name: 'kafka_cluster_partitions',
      help: 'Partitions, including those of internal topics',
      read: ({ partitions }) => partitions?.total ?? null
    },
    {
      name: 'kafka_cluster_under_replicated_partitions',
      help: 'Partitions with fewer in-sync replicas than replicas',
      read: ({ partitions }) => partitions?.underReplicated ?? null
    },
    {
      name: 'kafka_cluster_under_min_isr_partitions',
      help: 'Partitions with fewer in-sync replicas than min.insync.replicas: writes with acks=all are refused',
      read: ({ partitions }) => partitions?.underMinIsr ?? null
    },
    {
      name: 'kafka_cluster_offline_partitions',
      help: 'Partitions without a leader',
      read: ({ partitions }) => partitions?.offline ?? null
    },
    {
      name: 'kops_cluster_unconfirmed_partitions',
      help: 'Partitions with a leader and an in-sync replica on a broker that does not answer',
      read: ({ partitions }) => partitions?.unconfirmed ?? null
    },
    {
      name: 'kops_cluster_at_min_isr_partitions',
      help: 'Partitions with exactly min.insync.replicas in sync: losing one more replica blocks writes with acks=all',
      read: ({ partitions }) => partitions?.atMinIsr ?? null
    },
    {
      name: 'kops_cluster_not_preferred_leader_partitions',
      help: 'Partitions whose leader is not the preferred replica',
      read: ({ partitions }) => partitions?.notPreferredLeader ?? null
    },
    {
      name: 'kops_cluster_controllers',
      help: 'Brokers that claim by JMX to be the active controller; missing unless every live broker was counted',
      read: ({ controllers }) => controllers
    },
    {
      name: 'kops_cluster_leader_skew_ratio',
      help: 'Leaders on the broker with the most, divided by the mean; 1 is even',
      read: ({ leaderSkew }) => leaderSkew
    },
    {
      name: 'kops_cluster_health_score',
      help: 'Health score of the cluster, from 0 to 100 (no faults)',
      read: ({ score }) => score.score
    }
  ]
})

const status = gaugeSet<{ status: HealthStatus; holds: boolean }>({
  level: 'cluster',
  labels: ['status'],
  items: ({ health }) => alone(statuses.map((status) => ({ status, holds: health.status === status }))),
  values: ({ status }) => [status],
  gauges: [
    {
      name: 'kafka_cluster_status',
      help: '1 for the current status of the cluster, 0 for the others',
      read: ({ holds }) => Number(holds)
    }
  ]
})

export const clusterMetrics = [numbers, status]

function countOf<T>(items: readonly T[], matches: (item: T) => boolean): number {
  return items.filter(matches).length
}
