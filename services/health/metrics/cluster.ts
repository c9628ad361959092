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
      help: 'Brokers that answered when the cluster was last read',
      read: ({ brokers }) => countOf(brokers, ({ reachable }) => reachable)
    },
    {
      name: 'kafka_cluster_brokers_configured',
      help: 'Brokers that should answer: configured, named by the cluster, or holders of replicas',
      read: ({ brokers }) => brokers.length
    },
    {
      name: 'kafka_cluster_zookeepers_healthy',
      help: 'ZooKeeper nodes that answered and serve a quorum when last asked',
      read: ({ zookeepers }) => (zookeepers.length === 0 ? null : countOf(zookeepers, ({ mode }) => mode !== null))
    },
    {
      name: 'kafka_cluster_zookeepers_configured',
      help: 'ZooKeeper nodes that should answer',
      read: ({ zookeepers }) => (zookeepers.length === 0 ? null : zookeepers.length)
    },
    {
      name: 'kafka_cluster_topics',
      help: 'Topics, internal ones included',
      read: ({ partitions, topics }) => partitions && topics.length
    },
    {
      name: 'kafka_cluster_topics_healthy',
      help: 'Topics without partitions that are offline, under-replicated, under min-ISR or unconfirmed',
      read: ({ partitions, topics }) => partitions && countOf(topics, ({ healthy }) => healthy)
    },
    {
      name: 'kafka_cluster_partitions',
      help: 'Partitions, those of internal topics included',
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
      help: 'Partitions with a leader that count a replica as in sync on a broker that does not answer',
      read: ({ partitions }) => partitions?.unconfirmed ?? null
    },
    {
      name: 'kops_cluster_at_min_isr_partitions',
      help: 'Partitions with exactly min.insync.replicas in sync: one replica less and writes with acks=all are refused',
      read: ({ partitions }) => partitions?.atMinIsr ?? null
    },
    {
      name: 'kops_cluster_not_preferred_leader_partitions',
      help: 'Partitions that another than their first replica leads',
      read: ({ partitions }) => partitions?.notPreferredLeader ?? null
    },
    {
      name: 'kops_cluster_controllers',
      help: 'Brokers that claim by JMX to be the active controller; missing unless every broker that answers was counted',
      read: ({ controllers }) => controllers
    },
    {
      name: 'kops_cluster_leader_skew_ratio',
      help: 'Most leaders on one broker by the mean of all: 1 is even',
      read: ({ leaderSkew }) => leaderSkew
    },
    {
      name: 'kops_cluster_health_score',
      help: 'Health of the cluster, 100 without fault down to 0',
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
      help: '1 for the status that the cluster has, 0 for the others',
      read: ({ holds }) => Number(holds)
    }
  ]
})

export const clusterMetrics = [numbers, status]

function countOf<T>(items: readonly T[], matches: (item: T) => boolean): number {
  return items.filter(matches).length
}
