import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { kopsDashboard } from './dashboard.ts'
import { cluster, exactlyOne, steps } from './panels.ts'

/** The metadata quorum: ZooKeeper or KRaft controllers. A cluster fills the rows of only one of them. */
export function ensemble(): Dashboard {
  return kopsDashboard({
    uid: 'kops-ensemble',
    title: 'ZooKeeper and metadata quorum',
    description: 'The ZooKeeper ensemble of a cluster, or its KRaft metadata quorum.',
    variables: ['node'],
    rows: [
      {
        title: 'ZooKeeper',
        panels: [
          {
            type: 'stat',
            title: 'ZooKeeper quorum',
            description: '1 while any node serves.',
            unit: 'short',
            query: `min(kops_zookeeper_quorum{${cluster}})`,
            thresholds: steps('red', [1, 'green']),
            noValue: 'no ZooKeeper'
          },
          {
            type: 'stat',
            title: 'Serving nodes',
            description: 'Nodes that serve as leader or follower.',
            unit: 'short',
            query: `sum(kops_zookeeper_up{${cluster}, node=~"$node"})`,
            thresholds: steps('red', [2, 'yellow'], [3, 'green']),
            noValue: 'no ZooKeeper'
          },
          {
            type: 'stat',
            title: 'Leaders',
            description: 'Exactly one node should lead.',
            unit: 'short',
            query: `sum(kops_zookeeper_leader{${cluster}, node=~"$node"})`,
            thresholds: exactlyOne,
            noValue: 'no ZooKeeper'
          },
          {
            type: 'lines',
            title: 'Outstanding requests',
            description: 'Requests that each node has queued.',
            unit: 'short',
            span: 12,
            queries: [[`max by (node) (kops_zookeeper_outstanding_requests{${cluster}, node=~"$node"})`, '{{node}}']]
          },
          {
            type: 'lines',
            title: 'Latency',
            description: 'Mean and worst latency since the node started.',
            unit: 's',
            span: 12,
            queries: [
              [`max by (node) (kops_zookeeper_latency_avg_seconds{${cluster}, node=~"$node"})`, '{{node}} mean'],
              [`max by (node) (kops_zookeeper_latency_max_seconds{${cluster}, node=~"$node"})`, '{{node}} worst']
            ]
          },
          {
            type: 'lines',
            title: 'Connections',
            description: 'Client connections of each node, including those of brokers.',
            unit: 'short',
            span: 12,
            queries: [[`max by (node) (kops_zookeeper_connections{${cluster}, node=~"$node"})`, '{{node}}']]
          }
        ]
      },
      {
        title: 'Metadata quorum (KRaft)',
        panels: [
          {
            type: 'stat',
            title: 'Voters',
            description: 'Controllers with a vote.',
            unit: 'short',
            query: `max(kops_quorum_voters{${cluster}})`,
            thresholds: steps('red', [2, 'yellow'], [3, 'green']),
            noValue: 'no KRaft'
          },
          {
            type: 'stat',
            title: 'Leader epoch',
            description: 'Rises with each election.',
            unit: 'short',
            query: `max(kops_quorum_leader_epoch{${cluster}})`,
            thresholds: steps('blue'),
            noValue: 'no KRaft'
          },
          {
            type: 'stat',
            title: 'Quorum leaders',
            description: 'Voters that are the active controller; exactly one should be.',
            unit: 'short',
            query: `sum(kops_quorum_leader{${cluster}})`,
            thresholds: exactlyOne,
            noValue: 'no KRaft'
          },
          {
            type: 'lines',
            title: 'Voter lag',
            description: 'Records of the metadata log that each voter has yet to replicate.',
            unit: 'short',
            span: 12,
            queries: [[`max by (node) (kops_quorum_voter_lag{${cluster}})`, '{{node}}']]
          },
          {
            type: 'lines',
            title: 'Metadata records',
            description: 'Records written to the metadata log.',
            unit: 'cps',
            span: 12,
            queries: [
              [`max by (cluster) (deriv(kops_quorum_high_watermark{${cluster}}[$__rate_interval]))`, '{{cluster}}']
            ]
          }
        ]
      }
    ]
  })
}
