import type { Warning } from '../../../shared/contracts/common.ts'
import type {
  BrokerEndpoint,
  BrokerView,
  ClusterMetadata,
  CommittedOffset,
  GroupOverview,
  PartitionOffsets
} from '../../../shared/kafka/ports.ts'
import type { ZookeeperView } from '../../../shared/zookeeper/ports.ts'

/** The parts of a reading; errors are counted by them. */
export const parts = ['metadata', 'configs', 'groups', 'commits', 'offsets', 'zookeeper'] as const
export type Part = (typeof parts)[number]

/** What is known of a broker from earlier readings: a dead one no longer tells. */
export interface KnownBroker {
  id: number
  endpoint: BrokerEndpoint
  rack: string | null
}

/** Everything that one sweep over the cluster brought, before any judgement. What could not be read is missing or null. */
export interface ClusterReadings {
  asOf: Date
  durationMs: number
  /** The configured brokers first, in their order, then those that only the cluster names. */
  views: BrokerView[]
  zookeepers: ZookeeperView[]
  /** Merged from the views; null when no broker answered. */
  metadata: ClusterMetadata | null
  /** min.insync.replicas by topic. */
  minInsyncReplicas: ReadonlyMap<string, number>
  /** null when they could not be listed. */
  groups: GroupOverview[] | null
  committed: CommittedOffset[]
  /** Of the partitions that have a committed offset. */
  offsets: PartitionOffsets[]
  warnings: Warning[]
  /** How many errors each part met; a part without any is missing. */
  errors: ReadonlyMap<Part, number>
  /** Brokers that this reading or an earlier one has identified, by id. */
  known: ReadonlyMap<number, KnownBroker>
}
