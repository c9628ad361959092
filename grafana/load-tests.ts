import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { kopsDashboard } from './dashboard.ts'
import { cluster } from './panels.ts'

/** What load tests and drills do to the cluster; the phases of a drill are marked. */
export function loadTests(): Dashboard {
  return kopsDashboard({
    uid: 'kops-load-tests',
    title: 'Load tests and drills',
    description: 'Load tests, and what the cluster does meanwhile. The phases of drills are marked over all panels.',
    variables: ['broker'],
    marksDrills: true,
    rows: [
      {
        title: 'Load test',
        panels: [
          {
            type: 'lines',
            title: 'Events',
            description: 'That all in-sync replicas acknowledged, and that failed.',
            unit: 'cps',
            span: 12,
            queries: [
              [`sum(rate(kafka_producer_success_total{${cluster}}[$__rate_interval]))`, 'acknowledged'],
              [
                `sum(rate(kafka_producer_failure_total{${cluster}}[$__rate_interval])) or 0 * sum(rate(kafka_producer_success_total{${cluster}}[$__rate_interval]))`,
                'failed'
              ]
            ]
          },
          {
            type: 'lines',
            title: 'Send time',
            description: 'From handing a batch to its leader until its acknowledgement.',
            unit: 's',
            span: 12,
            queries: [
              [
                `histogram_quantile(0.5, sum by (le) (rate(kafka_producer_send_time_seconds_bucket{${cluster}}[$__rate_interval])))`,
                'p50'
              ],
              [
                `histogram_quantile(0.95, sum by (le) (rate(kafka_producer_send_time_seconds_bucket{${cluster}}[$__rate_interval])))`,
                'p95'
              ],
              [
                `histogram_quantile(0.99, sum by (le) (rate(kafka_producer_send_time_seconds_bucket{${cluster}}[$__rate_interval])))`,
                'p99'
              ]
            ]
          }
        ]
      },
      {
        title: 'Drills',
        panels: [
          {
            type: 'lines',
            title: 'Brokers that answer',
            description: 'By broker.',
            unit: 'short',
            span: 8,
            queries: [[`max by (broker) (kafka_broker_up{${cluster}, broker=~"$broker"})`, '{{broker}}']]
          },
          {
            type: 'lines',
            title: 'Leaders by broker',
            description: 'They leave a broker that dies, and return to it afterwards.',
            unit: 'short',
            span: 8,
            queries: [[`max by (broker) (kops_broker_leaders{${cluster}, broker=~"$broker"})`, '{{broker}}']]
          },
          {
            type: 'lines',
            title: 'Partitions in trouble',
            description: 'Under-replicated, refusing writes, and offline.',
            unit: 'short',
            span: 8,
            queries: [
              [`max by (cluster) (kafka_cluster_under_replicated_partitions{${cluster}})`, 'under-replicated'],
              [`max by (cluster) (kafka_cluster_under_min_isr_partitions{${cluster}})`, 'refuse writes'],
              [`max by (cluster) (kafka_cluster_offline_partitions{${cluster}})`, 'offline']
            ]
          },
          {
            type: 'lines',
            title: 'Probe latency, p95',
            description: 'From writing a record to each broker to having read it back.',
            unit: 's',
            span: 12,
            queries: [
              [
                `histogram_quantile(0.95, sum by (broker, le) (rate(kops_probe_latency_seconds_bucket{${cluster}, broker=~"$broker"}[$__rate_interval])))`,
                '{{broker}}'
              ]
            ]
          },
          {
            type: 'lines',
            title: 'Handlers idle',
            description: 'Share of the last minute in which request handlers had nothing to do.',
            unit: 'percentunit',
            span: 12,
            queries: [[`min by (broker) (kops_broker_handler_idle_ratio{${cluster}, broker=~"$broker"})`, '{{broker}}']]
          }
        ]
      }
    ]
  })
}
