import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { kopsDashboard } from './dashboard.ts'
import { cluster, exactlyOne, steps } from './panels.ts'

/** Each broker: its leaders and replicas, its load, its disks and its JVM. */
export function brokers(): Dashboard {
  return kopsDashboard({
    uid: 'kops-brokers',
    title: 'Kafka brokers',
    description:
      'Brokers as health-service and the JMX exporters report them: leaders, requests, disks, probe and JVM.',
    variables: ['broker'],
    marksDrills: true,
    rows: [
      {
        title: 'State',
        panels: [
          {
            type: 'stat',
            title: 'Brokers up',
            description: 'Brokers that answered health-service’s last reading.',
            unit: 'short',
            query: `sum(max by (cluster, broker) (kafka_broker_up{${cluster}, broker=~"$broker"}))`,
            thresholds: steps('red', [3, 'green']),
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Active controllers',
            description: 'Brokers that claim to be the controller; exactly one should.',
            unit: 'short',
            query: `max(kops_cluster_controllers{${cluster}})`,
            thresholds: exactlyOne,
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Leader skew',
            description: 'Leaders on the broker with the most, divided by the mean; 1 is even.',
            unit: 'short',
            query: `max(kops_cluster_leader_skew_ratio{${cluster}})`,
            thresholds: steps('green', [1.5, 'yellow'], [2, 'red']),
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Shortest uptime',
            description: 'Uptime of the most recently started broker.',
            unit: 's',
            query: `min(kops_broker_uptime_seconds{${cluster}, broker=~"$broker"})`,
            thresholds: steps('yellow', [3600, 'green']),
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Least idle handlers',
            description: 'Share of the last minute in which request handlers were idle, on the busiest broker.',
            unit: 'percentunit',
            query: `min(kops_broker_handler_idle_ratio{${cluster}, broker=~"$broker"})`,
            thresholds: steps('red', [0.1, 'yellow'], [0.3, 'green']),
            noValue: 'unknown'
          },
          {
            type: 'stat',
            title: 'Least disk left',
            description: 'Free share of the volume under the fullest log directory.',
            unit: 'percentunit',
            query: `min(kops_broker_log_dir_usable_bytes{${cluster}, broker=~"$broker"} / kops_broker_log_dir_total_bytes{${cluster}, broker=~"$broker"})`,
            thresholds: steps('red', [0.05, 'yellow'], [0.15, 'green']),
            noValue: 'unknown'
          }
        ]
      },
      {
        title: 'Load',
        panels: [
          {
            type: 'lines',
            title: 'Leaders',
            description: 'Partitions that each broker leads.',
            unit: 'short',
            span: 8,
            queries: [[`max by (broker) (kops_broker_leaders{${cluster}, broker=~"$broker"})`, '{{broker}}']]
          },
          {
            type: 'lines',
            title: 'Replicas',
            description: 'Replicas assigned to each broker.',
            unit: 'short',
            span: 8,
            queries: [[`max by (broker) (kops_broker_partitions{${cluster}, broker=~"$broker"})`, '{{broker}}']]
          },
          {
            type: 'lines',
            title: 'Bytes in',
            description: 'Compressed bytes that producers wrote.',
            unit: 'Bps',
            span: 8,
            queries: [
              [
                `sum by (instance) (rate(kafka_server_brokertopicmetrics_bytesin_total{${cluster}, job="kafka", instance=~"$broker"}[$__rate_interval]))`,
                '{{instance}}'
              ]
            ]
          },
          {
            type: 'lines',
            title: 'Request queue',
            description: 'Requests waiting for a handler thread. The alert fires above 100; the queue holds 500.',
            unit: 'short',
            span: 8,
            queries: [[`max by (broker) (kops_broker_request_queue_size{${cluster}, broker=~"$broker"})`, '{{broker}}']]
          },
          {
            type: 'lines',
            title: 'Request handlers idle',
            description: 'Share of the last minute; below 0.3 a broker is busy.',
            unit: 'percentunit',
            span: 8,
            queries: [[`min by (broker) (kops_broker_handler_idle_ratio{${cluster}, broker=~"$broker"})`, '{{broker}}']]
          },
          {
            type: 'lines',
            title: 'Request time, p99',
            description: 'From receiving a request to answering it.',
            unit: 'ms',
            span: 8,
            queries: [
              [
                `max by (instance) (kafka_network_requestmetrics_totaltimems{${cluster}, job="kafka", instance=~"$broker", request="Produce", percentile="99"})`,
                '{{instance}} produce'
              ],
              [
                `max by (instance) (kafka_network_requestmetrics_totaltimems{${cluster}, job="kafka", instance=~"$broker", request="FetchFollower", percentile="99"})`,
                '{{instance}} follower’s fetch'
              ]
            ]
          }
        ]
      },
      {
        title: 'End-to-end probe',
        panels: [
          {
            type: 'lines',
            title: 'Probe latency',
            description: 'From writing a record to each broker until it is read back.',
            unit: 's',
            span: 12,
            queries: [
              [
                `histogram_quantile(0.5, sum by (broker, le) (rate(kops_probe_latency_seconds_bucket{${cluster}, broker=~"$broker"}[$__rate_interval])))`,
                '{{broker}} p50'
              ],
              [
                `histogram_quantile(0.95, sum by (broker, le) (rate(kops_probe_latency_seconds_bucket{${cluster}, broker=~"$broker"}[$__rate_interval])))`,
                '{{broker}} p95'
              ]
            ]
          },
          {
            type: 'lines',
            title: 'Probe records lost',
            description:
              'Records that were acknowledged but could not be read 20 s later. Anything above 0 is alarming.',
            unit: 'short',
            span: 12,
            queries: [
              [
                `sum by (broker) (increase(kops_probe_records_lost_total{${cluster}, broker=~"$broker"}[$__rate_interval]))`,
                '{{broker}}'
              ]
            ]
          }
        ]
      },
      {
        title: 'Disks',
        panels: [
          {
            type: 'lines',
            title: 'Log directories',
            description: 'Size of the replicas in each log directory.',
            unit: 'bytes',
            span: 12,
            queries: [
              [`max by (broker, dir) (kops_broker_log_dir_bytes{${cluster}, broker=~"$broker"})`, '{{broker}} {{dir}}']
            ]
          },
          {
            type: 'lines',
            title: 'Free space',
            description: 'Free space on the volume of each log directory.',
            unit: 'bytes',
            span: 12,
            queries: [
              [
                `min by (broker, dir) (kops_broker_log_dir_usable_bytes{${cluster}, broker=~"$broker"})`,
                '{{broker}} {{dir}}'
              ]
            ]
          }
        ]
      },
      {
        title: 'JVM',
        panels: [
          {
            type: 'lines',
            title: 'Heap used',
            description: 'One line per broker.',
            unit: 'bytes',
            span: 8,
            queries: [
              [
                `max by (instance) (jvm_memory_used_bytes{${cluster}, job="kafka", instance=~"$broker", area="heap"})`,
                '{{instance}}'
              ]
            ]
          },
          {
            type: 'lines',
            title: 'Garbage collection',
            description: 'Share of time spent in garbage collection.',
            unit: 'percentunit',
            span: 8,
            queries: [
              [
                `sum by (instance) (rate(jvm_gc_collection_seconds_sum{${cluster}, job="kafka", instance=~"$broker"}[$__rate_interval]))`,
                '{{instance}}'
              ]
            ]
          },
          {
            type: 'lines',
            title: 'CPU',
            description: 'CPU cores in use.',
            unit: 'short',
            span: 8,
            queries: [
              [
                `sum by (instance) (rate(process_cpu_seconds_total{${cluster}, job="kafka", instance=~"$broker"}[$__rate_interval]))`,
                '{{instance}}'
              ]
            ]
          }
        ]
      }
    ]
  })
}
