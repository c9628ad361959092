import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { kopsDashboard } from './dashboard.ts'
import { cluster } from './panels.ts'

/** What load tests and drills do to the cluster, with the phases of drills marked. */
export function loadTests(): Dashboard {
  return kopsDashboard({
    uid: 'kops-load-tests',
    title: 'Load tests and drills',
    description: 'Load tests, and how the cluster responds. Regions mark the phases of drills in all panels.',
    variables: ['broker'],
    marksDrills: true,
    rows: [
      {
        title: 'Load test',
        panels: [
          {
            type: 'lines',
            title: 'Events',
            description: 'Events that all in-sync replicas acknowledged, and events that failed.',
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
            description: 'From sending a batch to the leader until its acknowledgement.',
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
          },
          {
            type: 'lines',
            title: 'Rate of the run',
            description: 'Records per second that were due and that were acknowledged, of the load test under way.',
            unit: 'cps',
            span: 8,
            queries: [
              [`max by (workload) (kops_load_target_rate{${cluster}})`, '{{workload}}: target'],
              [`max by (workload) (kops_load_acknowledged_rate{${cluster}})`, '{{workload}}: acknowledged']
            ]
          },
          {
            type: 'lines',
            title: 'Response time, p99',
            description: 'From the time at which a record was due until its acknowledgement, second by second.',
            unit: 's',
            span: 8,
            queries: [[`max by (workload) (kops_load_response_p99_seconds{${cluster}})`, '{{workload}}']]
          },
          {
            type: 'lines',
            title: 'The limit of the run',
            description:
              'Near 1, the producers were always at work, so that the client is the limit; or always waited, so that the cluster is.',
            unit: 'percentunit',
            span: 8,
            queries: [
              [`max by (workload) (kops_load_busy_ratio{${cluster}})`, '{{workload}}: at work'],
              [`max by (workload) (kops_load_blocked_ratio{${cluster}})`, '{{workload}}: waiting']
            ]
          }
        ]
      },
      {
        title: 'Drills',
        panels: [
          {
            type: 'lines',
            title: 'Brokers up',
            description: 'One line per broker.',
            unit: 'short',
            span: 8,
            queries: [[`max by (broker) (kafka_broker_up{${cluster}, broker=~"$broker"})`, '{{broker}}']]
          },
          {
            type: 'lines',
            title: 'Leaders by broker',
            description: 'Partitions that each broker leads. They leave a dead broker and return after it recovers.',
            unit: 'short',
            span: 8,
            queries: [[`max by (broker) (kops_broker_leaders{${cluster}, broker=~"$broker"})`, '{{broker}}']]
          },
          {
            type: 'lines',
            title: 'Unhealthy partitions',
            description: 'Partitions that are under-replicated, refuse writes, or are offline.',
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
            description: 'From writing a record to each broker until it is read back.',
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
            description: 'Share of the last minute in which request handlers were idle.',
            unit: 'percentunit',
            span: 12,
            queries: [[`min by (broker) (kops_broker_handler_idle_ratio{${cluster}, broker=~"$broker"})`, '{{broker}}']]
          },
          {
            type: 'lines',
            title: 'Last verdicts',
            description: 'The last verdict on each kind of drill: kops drill scorecard shows in which configuration.',
            unit: 'short',
            span: 12,
            queries: [[`max by (kind, verdict) (kops_drill_last_verdict{${cluster}})`, '{{kind}}: {{verdict}}']]
          },
          {
            type: 'lines',
            title: 'Age of the last verdict',
            description: 'Since the last drill of each kind that had a verdict.',
            unit: 's',
            span: 12,
            queries: [[`time() - max by (kind) (kops_drill_last_end_timestamp_seconds{${cluster}})`, '{{kind}}']]
          }
        ]
      }
    ]
  })
}
