import { type Dashboard, type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { addSummary } from './cluster-summary.ts'
import { startDashboard } from './dashboard.ts'
import { broker, cluster, timeSeries } from './panels.ts'

/** One cluster at a glance: faults first, then traffic. */
export function clusterOverview(): Dashboard {
  const dashboard = startDashboard({
    uid: 'kops-cluster-overview',
    title: 'Kafka cluster',
    description:
      'Brokers, replication, throughput, request times, consumer groups and load tests of one Kafka cluster.',
    variables: ['instance', 'group'],
    marksDrills: true
  })
  addSummary(dashboard)
  addThroughput(dashboard)
  addReplication(dashboard)
  addWhatIf(dashboard)
  addRequests(dashboard)
  addGroups(dashboard)
  addLoadTest(dashboard)
  return dashboard.build()
}

function addThroughput(dashboard: DashboardBuilder): void {
  const rate = (metric: string) =>
    `sum by (instance) (rate(kafka_server_brokertopicmetrics_${metric}_total{${broker}}[$__rate_interval]))`
  dashboard
    .withRow(new RowBuilder('Throughput').id(10))
    .withPanel(
      timeSeries({
        id: 11,
        title: 'Records in',
        description: 'Records that producers wrote, by the broker that leads the partition. Excludes replication.',
        unit: 'cps',
        span: 8,
        queries: [[rate('messagesin'), '{{instance}}']]
      })
    )
    .withPanel(
      timeSeries({
        id: 12,
        title: 'Bytes in',
        description: 'Compressed bytes that producers wrote, by broker.',
        unit: 'Bps',
        span: 8,
        queries: [[rate('bytesin'), '{{instance}}']]
      })
    )
    .withPanel(
      timeSeries({
        id: 13,
        title: 'Bytes out',
        description: 'Compressed bytes that consumers read, by broker.',
        unit: 'Bps',
        span: 8,
        queries: [[rate('bytesout'), '{{instance}}']]
      })
    )
}

function addReplication(dashboard: DashboardBuilder): void {
  const increase = (metric: string) =>
    `sum by (instance) (increase(kafka_server_replicamanager_${metric}_total{${broker}}[$__rate_interval]))`
  dashboard
    .withRow(new RowBuilder('Replication').id(20))
    .withPanel(
      timeSeries({
        id: 21,
        title: 'ISR shrinks and expands',
        description:
          'Replicas that fell out of sync and came back. Shrinks without a broker down mean an overloaded broker or network.',
        unit: 'short',
        span: 12,
        queries: [
          [increase('isrshrinks'), '{{instance}} shrinks'],
          [increase('isrexpands'), '{{instance}} expands']
        ]
      })
    )
    .withPanel(
      timeSeries({
        id: 22,
        title: 'Under-replicated partitions',
        description: 'Under-replicated partitions by the broker that leads them.',
        unit: 'short',
        span: 12,
        queries: [
          [
            `sum by (instance) (kafka_server_replicamanager_underreplicatedpartitions{${broker}})`,
            '{{instance}} under-replicated'
          ]
        ]
      })
    )
}

function addWhatIf(dashboard: DashboardBuilder): void {
  const stopping = (cause: string) =>
    `sum by (broker) (max by (broker, cause) (kops_whatif_writes_stop_partitions{${cluster}, cause${cause}}))`
  dashboard
    .withRow(new RowBuilder('If a broker died now').id(60))
    .withPanel(
      timeSeries({
        id: 61,
        title: 'Writes that would stop',
        description:
          'Partitions that would refuse writes with acks=all or have no leader, by the broker that is lost. The alert fires on those that survive it when every replica is in sync; “always”: one replica, or as many required as there are.',
        unit: 'short',
        span: 12,
        queries: [
          [stopping('="degraded"'), '{{broker}}'],
          [stopping('!="degraded"'), '{{broker}}, always']
        ]
      })
    )
    .withPanel(
      timeSeries({
        id: 62,
        title: 'Leaders that would move',
        description: 'Partitions that would get another leader, by the broker that is lost.',
        unit: 'short',
        span: 12,
        queries: [[`max by (broker) (kops_whatif_leaders_moving{${cluster}})`, '{{broker}}']]
      })
    )
}

function addRequests(dashboard: DashboardBuilder): void {
  const p99 = (request: string) =>
    `max by (instance) (kafka_network_requestmetrics_totaltimems{${broker}, request="${request}", percentile="99"})`
  dashboard
    .withRow(new RowBuilder('Requests').id(30))
    .withPanel(
      timeSeries({
        id: 31,
        title: 'Request time, p99',
        description:
          'From receiving a request to answering it, from the broker’s decaying sample. A follower’s fetch waits up to 500 ms for data.',
        unit: 'ms',
        span: 8,
        queries: [
          [p99('Produce'), '{{instance}} produce'],
          [p99('FetchFollower'), '{{instance}} follower’s fetch']
        ]
      })
    )
    .withPanel(
      timeSeries({
        id: 32,
        title: 'Request queue',
        description: 'Requests waiting for a handler thread. The alert fires above 100; the queue holds 500.',
        unit: 'short',
        span: 8,
        queries: [[`max by (instance) (kafka_network_requestchannel_requestqueuesize{${broker}})`, '{{instance}}']]
      })
    )
    .withPanel(
      timeSeries({
        id: 33,
        title: 'Request handlers idle',
        description:
          'Share of the last minute in which handler threads were idle; 0 just after a start. Below 0.3 a broker is busy.',
        unit: 'percentunit',
        span: 8,
        queries: [
          [
            `max by (instance) (kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent{${broker}})`,
            '{{instance}}'
          ]
        ]
      })
    )
}

function addGroups(dashboard: DashboardBuilder): void {
  dashboard.withRow(new RowBuilder('Consumer groups').id(40)).withPanel(
    timeSeries({
      id: 41,
      title: 'Lag by group',
      description:
        'Records between committed and end offsets over all of a group’s partitions. A gap means that one partition could not be read.',
      unit: 'short',
      span: 24,
      queries: [[`max by (group) (kafka_consumer_lag{${cluster}, group=~"$group"})`, '{{group}}']]
    })
  )
}

function addLoadTest(dashboard: DashboardBuilder): void {
  const acknowledged = `sum(rate(kafka_producer_success_total{${cluster}}[$__rate_interval]))`
  const sendTime = (quantile: number) =>
    `histogram_quantile(${quantile}, sum by (le) (rate(kafka_producer_send_time_seconds_bucket{${cluster}}[$__rate_interval])))`
  dashboard
    .withRow(new RowBuilder('Load test').id(50))
    .withPanel(
      timeSeries({
        id: 51,
        title: 'Events',
        description: 'Load-test events that all in-sync replicas acknowledged, and events that failed.',
        unit: 'cps',
        span: 12,
        queries: [
          [acknowledged, 'acknowledged'],
          // The series is missing before the first failure; only while the service is scraped does missing mean 0.
          [`sum(rate(kafka_producer_failure_total{${cluster}}[$__rate_interval])) or 0 * ${acknowledged}`, 'failed']
        ]
      })
    )
    .withPanel(
      timeSeries({
        id: 52,
        title: 'Send time',
        description: 'From sending a batch to the leader until its acknowledgement, including retries.',
        unit: 's',
        span: 12,
        queries: [
          [sendTime(0.5), 'p50'],
          [sendTime(0.95), 'p95'],
          [sendTime(0.99), 'p99']
        ]
      })
    )
}
