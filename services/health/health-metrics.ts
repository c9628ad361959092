import fp from 'fastify-plugin'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { ClusterHealth } from '../../shared/contracts/health.ts'
import type { Monitor } from './domain/monitor.ts'

const statuses = ['HEALTHY', 'DEGRADED', 'DOWN'] as const

/** The numbers of a cluster that are one gauge each. `null` is a number that could not be read: it has no series. */
const clusterGauges: { name: string; help: string; read: (health: ClusterHealth) => number | null }[] = [
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
    help: 'Topics without partitions that are offline, under-replicated or under min-ISR',
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
  }
]

/**
 * The cluster as metrics. Each exposition is built from the last snapshot alone, so that groups that are gone have no
 * series, and whatever could not be read has none either: never a 0 that nobody measured.
 */
export const healthMetrics = fp(
  async (app) => {
    const { monitor, metrics } = app
    for (const gauge of clusterGauges) registerClusterGauge(metrics, monitor, gauge)
    registerLabelled(metrics, monitor)
    registerSelf(metrics, monitor)
  },
  { name: 'health-metrics', dependencies: ['metrics', 'monitor'] }
)

function registerClusterGauge(
  registry: Registry,
  monitor: Monitor,
  { name, help, read }: (typeof clusterGauges)[number]
) {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      const snapshot = monitor.last()
      const value = snapshot ? read(snapshot.health) : null
      // reset() would leave a 0 behind where there are no labels.
      if (value === null) this.remove()
      else this.set(value)
    }
  })
}

function registerLabelled(registry: Registry, monitor: Monitor): void {
  new Gauge({
    name: 'kafka_cluster_status',
    help: '1 for the status that the cluster has, 0 for the others',
    labelNames: ['status'],
    registers: [registry],
    collect() {
      this.reset()
      const snapshot = monitor.last()
      if (!snapshot) return
      for (const status of statuses) this.set({ status }, snapshot.health.status === status ? 1 : 0)
    }
  })
  new Gauge({
    name: 'kafka_broker_up',
    help: '1 if the broker answered when the cluster was last read, 0 if not',
    labelNames: ['broker'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { name, reachable } of monitor.last()?.health.brokers ?? [])
        this.set({ broker: name }, Number(reachable))
    }
  })
  new Gauge({
    name: 'kafka_consumer_lag',
    help: 'Records that a consumer group is behind, over all of its partitions; missing unless all of them could be read',
    labelNames: ['group'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { group, lag, lagReason } of monitor.last()?.health.groups ?? []) {
        if (lag !== null && lagReason === undefined) this.set({ group }, lag)
      }
    }
  })
}

function registerSelf(registry: Registry, monitor: Monitor): void {
  new Gauge({
    name: 'kops_health_snapshot_age_seconds',
    help: 'Time since the reading began that all cluster metrics here come from',
    registers: [registry],
    collect() {
      const snapshot = monitor.last()
      if (snapshot) this.set(monitor.ageMs(snapshot) / 1000)
      else this.remove()
    }
  })
  new Gauge({
    name: 'kops_health_sweep_duration_seconds',
    help: 'How long the last reading of the cluster took',
    registers: [registry],
    collect() {
      const snapshot = monitor.last()
      if (snapshot) this.set(snapshot.health.durationMs / 1000)
      else this.remove()
    }
  })
  new Counter({
    name: 'kops_health_read_errors_total',
    help: 'Things that could not be read, by the part of the reading',
    labelNames: ['part'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [part, total] of monitor.errorTotals()) this.inc({ part }, total)
    }
  })
}

function countOf<T>(items: readonly T[], matches: (item: T) => boolean): number {
  return items.filter(matches).length
}
