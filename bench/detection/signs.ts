import type { ClusterMode } from '#shared/contracts/cluster.ts'
import type { HealthReason } from '#shared/contracts/health-status.ts'
import { type BrokerView, mergeMetadata, metadataOf } from '#shared/kafka/model.ts'
import type { ZookeeperView } from '#shared/zookeeper/ports.ts'
import { group } from './workload.ts'

/** The state of the cluster itself, queried directly. */
export interface Truth {
  views: BrokerView[]
  /** Empty with KRaft. */
  zookeepers: ZookeeperView[]
  /** Whether a leader of the controller quorum answers; true with ZooKeeper. */
  quorumLeads: boolean
  groupRuns: boolean
}

/** One visible effect of a fault. */
export interface Sign {
  name: string
  reason: HealthReason['code']
  /** A series of `/metrics`, and whether its value shows the fault; undefined if it is missing. */
  series: string
  shows: (value: number | undefined) => boolean
  alert?: string
  truth: (truth: Truth) => boolean
}

export const brokerGone: Sign = {
  name: 'broker gone',
  reason: 'broker_unreachable',
  series: 'kafka_cluster_brokers_healthy',
  shows: (value) => value !== undefined && value < 3,
  alert: 'KafkaBrokersUnhealthy',
  truth: ({ views }) => views.some(({ reachable }) => !reachable)
}
export const offlinePartitions: Sign = {
  name: 'partitions offline',
  reason: 'partitions_offline',
  series: 'kafka_cluster_offline_partitions',
  shows: (value) => (value ?? 0) > 0,
  alert: 'KafkaOfflinePartitions',
  truth: ({ views }) => partitionsOf(views).some(({ leader }) => leader === null)
}
export const underReplicated: Sign = {
  name: 'under-replicated',
  reason: 'partitions_under_replicated',
  series: 'kafka_cluster_under_replicated_partitions',
  shows: (value) => (value ?? 0) > 0,
  truth: ({ views }) => partitionsOf(views).some(({ isr, replicas }) => isr.length < replicas.length)
}
export const zookeeperGone: Sign = {
  name: 'ZooKeeper node gone',
  reason: 'zookeeper_unreachable',
  series: 'kafka_cluster_zookeepers_healthy',
  shows: (value) => value !== undefined && value < 3,
  alert: 'KafkaZookeeperNodesUnhealthy',
  truth: ({ zookeepers }) => zookeepers.some((view) => !view.reachable || view.mode === null)
}
const quorumLost: Record<ClusterMode, Sign> = {
  zookeeper: {
    name: 'quorum lost',
    reason: 'zookeeper_no_quorum',
    series: 'kops_zookeeper_quorum',
    shows: (value) => value === 0,
    alert: 'KafkaZookeeperQuorumLost',
    truth: ({ zookeepers }) => zookeepers.every((view) => !view.reachable || view.mode === null)
  },
  kraft: {
    name: 'quorum lost',
    reason: 'quorum_unavailable',
    series: 'kops_quorum_available',
    shows: (value) => value === 0,
    alert: 'KafkaKraftQuorumLost',
    truth: ({ quorumLeads }) => !quorumLeads
  }
}
export const groupStopped: Sign = {
  name: 'group stopped',
  reason: 'groups_stopped',
  series: `kops_group_verdict{group="${group}",verdict="STOP"}`,
  shows: (value) => value === 1,
  alert: 'KafkaConsumerGroupStuck',
  truth: ({ groupRuns }) => !groupRuns
}

/** The visible effect of a lost quorum. */
export function quorumLostIn(mode: ClusterMode): Sign {
  return mode === 'kraft' ? quorumLost.kraft : quorumLost.zookeeper
}

function partitionsOf(views: readonly BrokerView[]) {
  return mergeMetadata(metadataOf(views)).topics.flatMap(({ partitions }) => partitions)
}
