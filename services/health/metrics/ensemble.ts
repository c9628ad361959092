import type { QuorumHealth, QuorumNode, ZookeeperHealth } from '#shared/contracts/ensemble-health.ts'
import { alone, gaugeSet } from './gauge-set.ts'

const zookeeperNodes = gaugeSet<ZookeeperHealth>({
  level: 'node',
  labels: ['node'],
  items: ({ health }) => alone(health.zookeepers),
  values: ({ name }) => [name],
  gauges: [
    {
      name: 'kops_zookeeper_up',
      help: '1 if the ZooKeeper node answered and serves a quorum, 0 if not',
      read: ({ mode }) => Number(mode !== null)
    },
    {
      name: 'kops_zookeeper_leader',
      help: '1 if the node leads its ensemble or is standalone, 0 if it follows; missing while it serves no quorum',
      read: ({ mode }) => mode && Number(mode === 'leader' || mode === 'standalone')
    },
    {
      name: 'kops_zookeeper_outstanding_requests',
      help: 'Requests queued on the node',
      read: ({ outstandingRequests }) => outstandingRequests
    },
    {
      name: 'kops_zookeeper_latency_avg_seconds',
      help: 'Average request latency since the node started',
      read: ({ latencyMs }) => latencyMs && latencyMs.avg / 1000
    },
    {
      name: 'kops_zookeeper_latency_max_seconds',
      help: 'Maximum request latency since the node started',
      read: ({ latencyMs }) => latencyMs && latencyMs.max / 1000
    },
    {
      name: 'kops_zookeeper_connections',
      help: 'Client connections of the node',
      read: ({ connections }) => connections
    }
  ]
})

const zookeeper = gaugeSet<readonly ZookeeperHealth[]>({
  level: 'cluster',
  labels: [],
  items: ({ health }) => alone(health.zookeepers.length === 0 ? [] : [health.zookeepers]),
  values: () => [],
  gauges: [
    {
      name: 'kops_zookeeper_quorum',
      help: '1 if any ZooKeeper node serves a quorum, 0 if none does',
      read: (nodes) => Number(nodes.some(({ mode }) => mode !== null))
    }
  ]
})

const quorumThere = gaugeSet<{ ok: boolean }>({
  level: 'cluster',
  labels: [],
  items: ({ readings }) => {
    const part = readings.parts.get('quorum')
    return alone(part ? [part] : [])
  },
  values: () => [],
  gauges: [
    {
      name: 'kops_quorum_available',
      help: '1 if the controller quorum has a leader that answers, 0 if not (KRaft)',
      read: ({ ok }) => Number(ok)
    }
  ]
})

const quorum = gaugeSet<QuorumHealth>({
  level: 'cluster',
  labels: [],
  items: ({ health }) => alone(health.quorum ? [health.quorum] : []),
  values: () => [],
  gauges: [
    { name: 'kops_quorum_voters', help: 'Controllers with a vote (KRaft)', read: ({ voters }) => voters.length },
    {
      name: 'kops_quorum_observers',
      help: 'Nodes that replicate the metadata log without a vote (KRaft)',
      read: ({ observers }) => observers.length
    },
    {
      name: 'kops_quorum_leader_epoch',
      help: 'Epoch of the active controller, which increases with each election (KRaft)',
      read: ({ leaderEpoch }) => leaderEpoch
    },
    {
      name: 'kops_quorum_high_watermark',
      help: 'Offset up to which a majority of voters has replicated the metadata log (KRaft)',
      read: ({ highWatermark }) => highWatermark
    }
  ]
})

const voters = gaugeSet<QuorumNode>({
  level: 'node',
  labels: ['node'],
  items: ({ health }) => alone(health.quorum?.voters ?? []),
  values: ({ name }) => [name],
  gauges: [
    {
      name: 'kops_quorum_voter_lag',
      help: 'Records of the metadata log that the voter has yet to replicate; missing until the leader has heard from it (KRaft)',
      read: ({ lag }) => lag
    },
    {
      name: 'kops_quorum_leader',
      help: '1 for the voter that is the active controller, 0 for the others (KRaft)',
      read: ({ leader }) => Number(leader)
    }
  ]
})

export const ensembleMetrics = [zookeeperNodes, zookeeper, quorumThere, quorum, voters]
