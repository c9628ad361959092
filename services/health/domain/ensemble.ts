import type { QuorumHealth, QuorumNode, ZookeeperHealth } from '#shared/contracts/ensemble-health.ts'
import type { KraftQuorum, QuorumReplica } from '#shared/kafka/cluster/port.ts'
import { brokerName } from '#shared/kafka/model.ts'
import type { ZookeeperView } from '#shared/zookeeper/ports.ts'

/** ZooKeeper nodes are named by their place in the configured list, because `srvr` does not return a node's id. */
export function evaluateZookeepers(views: readonly ZookeeperView[]): ZookeeperHealth[] {
  return views.map((view, index) => ({
    name: `zookeeper-${index + 1}`,
    host: view.endpoint.host,
    port: view.endpoint.port,
    mode: view.reachable ? view.mode : null,
    reachable: view.reachable,
    outstandingRequests: view.reachable ? view.outstandingRequests : null,
    latencyMs: view.reachable ? view.latencyMs : null,
    connections: view.reachable ? view.connections : null,
    zxid: view.reachable ? view.zxid : null,
    nodeCount: view.reachable ? view.nodeCount : null,
    version: view.reachable ? view.version : null
  }))
}

/** The controllers' quorum of a KRaft cluster. Its nodes have the brokers' names: a node that is both has one id. */
export function evaluateQuorum(quorum: KraftQuorum): QuorumHealth {
  const { leaderId, leaderEpoch, highWatermark, voters, observers } = quorum
  const toNode = ({ id, lag, lastCaughtUpTimestamp }: QuorumReplica): QuorumNode => ({
    id,
    name: brokerName(id),
    leader: id === leaderId,
    lag,
    caughtUpAt: lastCaughtUpTimestamp === null ? null : new Date(lastCaughtUpTimestamp).toISOString()
  })
  return { leaderId, leaderEpoch, highWatermark, voters: voters.map(toNode), observers: observers.map(toNode) }
}
