import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { badAboveZero, cluster, exactlyOne, lagThresholds, stat, steps } from './panels.ts'

/** The first row: single numbers that show at a glance whether something is broken. */
export function addSummary(dashboard: DashboardBuilder): void {
  dashboard
    .withPanel(
      stat({
        id: 1,
        title: 'Brokers online',
        description: 'Brokers that answered health-service’s last reading. Red below 3, the replication factor.',
        unit: 'short',
        query: `sum(max by (cluster) (kafka_cluster_brokers_healthy{${cluster}}))`,
        thresholds: steps('red', [3, 'green']),
        noValue: 'unknown'
      })
    )
    .withPanel(
      stat({
        id: 2,
        title: 'Active controllers',
        description:
          'Exactly one broker should be the controller. With none, nothing can be changed; with two, one serves stale metadata.',
        unit: 'short',
        query: `sum(kafka_controller_kafkacontroller_activecontrollercount{${cluster}})`,
        thresholds: exactlyOne,
        noValue: 'unknown'
      })
    )
    .withPanel(
      stat({
        id: 3,
        title: 'Offline partitions',
        description: 'Partitions without a leader: nobody can read or write them.',
        unit: 'short',
        query: `sum(kafka_controller_kafkacontroller_offlinepartitionscount{${cluster}})`,
        thresholds: badAboveZero,
        noValue: 'unknown'
      })
    )
    .withPanel(
      stat({
        id: 4,
        title: 'Under-replicated partitions',
        description: 'Partitions with fewer in-sync replicas than replicas, as their leaders report them.',
        unit: 'short',
        query: `sum(kafka_server_replicamanager_underreplicatedpartitions{${cluster}})`,
        thresholds: badAboveZero,
        noValue: 'unknown'
      })
    )
    .withPanel(
      stat({
        id: 5,
        title: 'Below min. in-sync replicas',
        description:
          'Partitions with fewer in-sync replicas than min.insync.replicas: they refuse writes with acks=all.',
        unit: 'short',
        query: `sum(kafka_server_replicamanager_underminisrpartitioncount{${cluster}})`,
        thresholds: badAboveZero,
        noValue: 'unknown'
      })
    )
    .withPanel(
      stat({
        id: 6,
        title: 'Worst lag',
        description:
          'Records between committed and end offsets of the group that is furthest behind. The alert fires above 10,000.',
        unit: 'short',
        query: `max(kafka_consumer_lag{${cluster}, group=~"$group"})`,
        thresholds: lagThresholds,
        noValue: 'no group'
      })
    )
}
